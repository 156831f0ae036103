import { expect } from 'chai';
import { transient } from '../../../src/domain/errors.js';
import { DiskWatch } from '../../../src/workflow/disk-watch.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeDiskHistory } from '../../fakes/fake-disk-history.js';
import { FakeDiskSpace } from '../../fakes/fake-disk-space.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { until } from '../../until.js';

describe('the watch of the disk', () => {
  it('writes down each hour how much is free, and leaves out an hour in which the disk does not answer', async () => {
    const [clock, disk, history, log] = [
      new FakeClock(),
      new FakeDiskSpace(10),
      new FakeDiskHistory(),
      new FakeLogger(),
    ];
    const ending = new AbortController();
    const watch = new DiskWatch(disk, history, { root: '/root' }, clock, log).run(ending.signal);
    const began = clock.now();
    await until('the watch has looked', () => clock.sleeping === 1);
    disk.failure = transient('disk.failed', 'the disk does not answer');
    await clock.advance(3_600_000);
    await until('the watch has looked', () => log.lines.length === 1 && clock.sleeping === 1);
    disk.failure = null;
    await clock.advance(3_600_000);
    await until('the watch has looked', () => history.samples.length === 2);
    expect(history.samples.map(({ at, freeBytes }) => [at - began, freeBytes])).to.deep.equal([
      [0, 10],
      [7_200_000, 10],
    ]);
    await until('the watch has looked', () => clock.sleeping === 1);
    ending.abort();
    await watch;
  });
});
