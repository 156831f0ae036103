import { expect } from 'chai';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import type { SlurmOptions } from '../../../src/adapters/schedulers/slurm/slurm-options.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { toCaseError } from '../../../src/domain/errors.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';
import { PrivateSlurm } from '../../slurm/private-slurm.js';
import { tempFolder } from '../../temp-folder.js';

const ENDLESS = 'echo run >> runs; while :; do sleep 0.1; done';

describe('jobs that a real Slurm ends by its own rules', function () {
  this.timeout(150_000);
  const slurm = new PrivateSlurm();
  const folder = tempFolder();
  before(() => slurm.start());
  after(() => slurm.stop());

  /** Submits a job that never ends by itself; how it ended, after so many seconds from when it ran. */
  async function end(name: string, change: Partial<SlurmOptions>, once: () => Promise<unknown>) {
    const scheduler = new SlurmScheduler(
      new LocalHost(),
      new SystemClock(),
      slurm.options(change),
      new FakeAvoidedNodes(),
      15_000,
    );
    const at = join(folder.path, name);
    const job = await scheduler.submit({ folder: at, argv: ['sh', '-c', ENDLESS], env: {}, gpuUuids: [] });
    const limits = { timeoutMs: 600_000, stallMs: 600_000 };
    const ended = scheduler.wait(job, limits, { onLine: () => undefined }, new AbortController().signal).then(
      ({ how }) => how,
      (thrown: unknown) => toCaseError(thrown),
    );
    await slurm.untilRunning(() => existsSync(join(at, 'runs')));
    const fromMs = performance.now();
    await once();
    const error = await ended;
    const seconds = (performance.now() - fromMs) / 1000;
    return { at, error, seconds, isLeft: await scheduler.isRunning(job) };
  }

  it('are tried again: time over, told before it is; place taken away for a job of higher rank', async () => {
    const urgent = ['--partition=urgent', '--nodelist=n1', '--exclusive', '--output=/dev/null', '--wrap=sleep 3'];
    const [late, preempted] = await Promise.all([
      end('late', { time: 1, extra: ['--nodelist=n2'] }, () => Promise.resolve()),
      end('preempted', { extra: ['--nodelist=n1'] }, () => slurm.slurm('sbatch', ...urgent)),
    ]);
    expect(preempted.error).to.include({ code: 'engine.preempted', severity: 'transient' });
    expect(preempted.isLeft).to.equal(false);
    expect(late.error).to.include({ code: 'engine.timeout', severity: 'transient' });
    expect(existsSync(join(late.at, 'time.up'))).to.equal(true);
    expect(late.seconds).to.be.lessThan(60); // asked to end half a minute before Slurm would kill it
    expect(late.isLeft).to.equal(false);
  });
});
