import { expect } from 'chai';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DirectScheduler } from '../../src/adapters/schedulers/direct-scheduler.js';
import { StagedScheduler } from '../../src/adapters/schedulers/staged-scheduler.js';
import { CaseError } from '../../src/domain/errors.js';
import { HostPaths, type HostPathRules } from '../../src/domain/host-paths.js';
import type { JobRequest } from '../../src/ports/scheduler.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { farHost } from '../mounts/far-host.js';
import { rejection } from '../rejection.js';
import { tempFolder } from '../temp-folder.js';
import { until } from '../until.js';
import { mountTmpfs, noMounting, unmount } from './mounted.js';

const LIMITS = { timeoutMs: 30_000, stallMs: 30_000 };
const never = new AbortController().signal;
const MB = 1_000_000;

describe('files brought to a host reached by SSH', function () {
  this.timeout(30_000);
  const folder = tempFolder();
  const far = farHost(folder);
  const workDir = (): string => join(folder.path, 'far');
  const staged = (rules: Partial<HostPathRules> = {}): StagedScheduler => {
    const root = join(folder.path, 'root');
    const paths = new HostPaths({ root, workDir: workDir(), sharedFolder: null, installed: [], ...rules });
    const direct = new DirectScheduler(far.host, far.clock, { pollMs: 500 });
    return new StagedScheduler(direct, far.host.files, far.clock, new FakeLogger(), { paths, keepDays: 7 });
  };
  /** Copies the CT: what comes back shows what arrived. */
  const copying = (scheduler: StagedScheduler, name: string, ct: string): JobRequest => ({
    folder: join(folder.path, 'root', name),
    argv: ['sh', '-c', 'cat "$1" > copy.raw', 'sh', scheduler.there('far', ct)],
    inputs: [ct],
    env: {},
    gpuUuids: [],
  });
  const aCt = (bytes: number): string => {
    mkdirSync(join(folder.path, 'root'), { recursive: true });
    const path = join(folder.path, 'root', 'ct.mha');
    writeFileSync(path, randomBytes(bytes));
    return path;
  };
  const sha256 = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');
  const runs = async (scheduler: StagedScheduler, request: JobRequest, ct: string): Promise<void> => {
    const job = await scheduler.submit(request);
    expect(await scheduler.wait(job, LIMITS, { onLine: () => undefined }, never)).to.include({ code: 0 });
    expect(sha256(join(request.folder, 'copy.raw'))).to.equal(sha256(ct));
  };
  const blobs = (): readonly string[] =>
    existsSync(join(workDir(), 'blobs')) ? readdirSync(join(workDir(), 'blobs')) : [];

  it('need a person when its disk is full, who is told which host; no part of them stays', async function () {
    if (noMounting() !== null) this.skip();
    mountTmpfs(workDir(), '8m');
    try {
      const ct = aCt(20 * MB);
      const scheduler = staged();
      const request = copying(scheduler, 'one', ct);
      const error = await rejection(scheduler.submit(request));
      expect(error).to.be.instanceOf(CaseError);
      expect(error).to.include({ severity: 'operator', code: 'disk.full' });
      expect((error as CaseError).message).to.contain('the disk of host far is full');
      expect((error as CaseError).remedy).to.contain('work folder of host far');
      expect(await scheduler.find(request.folder), 'nothing was started').to.equal(null);
      expect(blobs()).to.deep.equal([]);
      const small = aCt(MB);
      await runs(scheduler, copying(scheduler, 'two', small), small);
    } finally {
      unmount(workDir());
    }
  });

  it('are sent again whole when the connection is lost in the middle; a part is never taken for the file', async () => {
    const ct = aCt(50 * MB);
    const scheduler = staged();
    const submitted = rejection(scheduler.submit(copying(scheduler, 'one', ct)));
    const part = await until('a part has arrived', () => blobs().find((name) => name.endsWith('.part')));
    await until(
      'it grows',
      () => !existsSync(join(workDir(), 'blobs', part)) || statSync(join(workDir(), 'blobs', part)).size > 0,
    );
    far.server.dropAll();
    expect(await submitted).to.include({ code: 'host.unreachable' });
    expect(scheduler.staging.sentBytes).to.equal(0);
    expect(blobs().filter((name) => !name.endsWith('.part'))).to.deep.equal([]);
    const again = await until('it is reached again', () =>
      far.host.reach().then(
        () => true,
        () => false,
      ),
    );
    expect(again).to.equal(true);
    await runs(scheduler, copying(scheduler, 'two', ct), ct);
    expect(scheduler.staging.sentBytes).to.equal(50 * MB);
  });

  it('are not copied where it sees them by another path, and the result is the same', async () => {
    const ct = aCt(MB);
    symlinkSync(join(folder.path, 'root'), join(folder.path, 'the same'));
    const scheduler = staged({
      sharedFolder: { here: join(folder.path, 'root'), there: join(folder.path, 'the same') },
    });
    const request = copying(scheduler, 'one', ct);
    expect(request.argv.at(-1)).to.equal(join(folder.path, 'the same', 'ct.mha'));
    await runs(scheduler, request, ct);
    expect(scheduler.staging.sentBytes).to.equal(0);
    expect(blobs()).to.deep.equal([]);
    expect(existsSync(request.folder), 'it is ours, and not removed as a copy would be').to.equal(true);
  });
});
