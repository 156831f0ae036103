import { expect } from 'chai';
import { statfsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalDiskSpace } from '../../src/adapters/disks/local-disk-space.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import type { DiskSpace } from '../../src/ports/disk-space.js';
import { FakeDiskSpace } from '../fakes/fake-disk-space.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';

const SPECIMENS: readonly (readonly [string, () => DiskSpace])[] = [
  ['of this machine', () => new LocalDiskSpace(new SystemClock())],
  ['of the tests', () => new FakeDiskSpace()],
];

for (const [name, make] of SPECIMENS) {
  describe(`disk space contract: ${name}`, () => {
    const temp = tempFolder();

    it('gives the room for a folder, and for one that is still to be made', async () => {
      const disk = make();
      expect(await disk.freeBytes(temp.path)).to.be.greaterThan(0);
      expect(await disk.freeBytes(join(temp.path, 'not', 'yet', 'there'))).to.be.greaterThan(0);
    });
  });
}

describe('disk space of this machine', () => {
  const temp = tempFolder();

  it('is what a user other than root may still write', async () => {
    const { bavail, bsize } = statfsSync(temp.path);
    const free = await new LocalDiskSpace(new SystemClock()).freeBytes(temp.path);
    expect(free / (bavail * bsize)).to.be.closeTo(1, 0.05);
  });

  it('says that the disk failed when it does not answer in time', async () => {
    const impatient = { now: () => 0, monotonicMs: () => 0, sleep: () => Promise.resolve() };
    const asked = new LocalDiskSpace(impatient).freeBytes(temp.path);
    expect(await rejection(asked)).to.include({ code: 'disk.failed', severity: 'transient' });
  });
});
