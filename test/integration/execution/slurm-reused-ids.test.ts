import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { toCaseError } from '../../../src/domain/errors.js';
import { PrivateSlurm } from '../../slurm/private-slurm.js';
import { tempFolder } from '../../temp-folder.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';

/** A job that notes each of its runs, and ends when the file `go` appears. */
const PATIENT = 'echo run >> runs; while [ ! -e go ]; do sleep 0.1; done; exit 0';

describe('a job whose id another job had, which its node still knows', function () {
  this.timeout(90_000);
  const slurm = new PrivateSlurm();
  const folder = tempFolder();
  let scheduler: SlurmScheduler;
  before(() => slurm.start());
  after(() => slurm.stop());
  beforeEach(() => {
    scheduler = new SlurmScheduler(new LocalHost(), new SystemClock(), slurm.options(), new FakeAvoidedNodes(), 15_000);
  });

  const at = (name: string): string => join(folder.path, name);
  const has = (name: string, file: string): boolean => existsSync(join(at(name), file));
  const go = (name: string): void => {
    writeFileSync(join(at(name), 'go'), '');
  };
  const submit = (name: string): Promise<JobHandle> =>
    scheduler.submit({ folder: at(name), argv: ['sh', '-c', PATIENT], env: {}, gpuUuids: [] });
  const how = (job: JobHandle): Promise<string> =>
    scheduler
      .wait(job, { timeoutMs: 60_000, stallMs: 60_000 }, { onLine: () => undefined }, new AbortController().signal)
      .then(
        (exit) => (exit.how === 'exited' ? `exited with ${String(exit.code)}` : exit.how),
        (thrown: unknown) => toCaseError(thrown).code,
      );

  it('ends in one way or another; the beam is calculated once by the first job, at most once by the second', async () => {
    let first: JobHandle | null = null;
    await slurm.forgetting(async () => {
      first = await submit('first');
      await slurm.untilRunning(() => has('first', 'runs'));
      go('first');
      expect(await how(first)).to.equal('exited with 0');
    });
    const second = await submit('second');
    expect(second.id).to.equal((first as JobHandle | null)?.id);
    go('second');
    const end = await how(second);
    // Slurm 22.05 cancels it on the node, which it takes out as "Duplicate jobid".
    expect(end).to.be.oneOf(['engine.not-launched', 'exited with 0']);
    expect(has('second', 'runs')).to.equal(end === 'exited with 0');
    expect(readFileSync(join(at('first'), 'runs'), 'utf8')).to.equal('run\n');
    expect(await scheduler.isRunning(second)).to.equal(false);
  });
});
