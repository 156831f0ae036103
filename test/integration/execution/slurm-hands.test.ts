import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import type { SlurmOptions } from '../../../src/adapters/schedulers/slurm/slurm-options.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { toCaseError } from '../../../src/domain/errors.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';
import { SkippingClock } from '../../fakes/skipping-clock.js';
import { PrivateSlurm } from '../../slurm/private-slurm.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** A job that notes each of its runs, and ends when the file `go` appears. */
const PATIENT = 'echo run >> runs; while [ ! -e go ]; do sleep 0.1; done; exit 3';

describe('what an administrator of a real Slurm does to our jobs by hand', function () {
  this.timeout(60_000);
  const slurm = new PrivateSlurm();
  before(() => slurm.start());
  after(() => slurm.stop());
  const folder = tempFolder();
  const never = new AbortController().signal;
  let clock: SkippingClock;
  let scheduler: SlurmScheduler;
  let job: JobHandle;
  let said: (string | null)[];
  let how: string | null;
  let ended: Promise<unknown>;

  async function start(change: Partial<SlurmOptions> = {}): Promise<void> {
    const limits = { timeoutMs: 60_000, stallMs: 60_000 };
    [said, how] = [[], null];
    clock = new SkippingClock();
    scheduler = new SlurmScheduler(new LocalHost(), clock, slurm.options(change), new FakeAvoidedNodes(), 5_000);
    job = await scheduler.submit({
      folder: join(folder.path, 'a1'),
      argv: ['sh', '-c', PATIENT],
      env: {},
      gpuUuids: [],
    });
    const observer = { onLine: () => undefined, onWaiting: (words: string | null) => said.push(words) };
    ended = scheduler.wait(job, limits, observer, never).then(
      (exit) => (how = exit.how === 'exited' ? `exited with ${String(exit.code)}` : exit.reason),
      (thrown: unknown) => (how = toCaseError(thrown).code),
    );
  }
  const at = (name: string): string => join(folder.path, 'a1', name);
  const untilItRuns = (): Promise<void> => slurm.untilRunning(() => existsSync(at('runs')));
  const go = (): void => {
    writeFileSync(at('go'), '');
  };
  const has = (words: string): Promise<boolean> => until(words, () => said.at(-1)?.includes(words) === true);
  const rename = (): Promise<string> => slurm.slurm('scontrol', 'update', `jobid=${job.id}`, 'JobName=by|hand');

  it('suspend: it is waited for, in words, however long; that counts neither as time nor as doing nothing', async () => {
    await start();
    await untilItRuns();
    await slurm.slurm('scontrol', 'suspend', job.id);
    await has('suspended');
    clock.skip(600_000); // longer than any of its limits
    const asked = scheduler.client.squeues;
    await until('it was looked at since', () => scheduler.client.squeues > asked + 2);
    expect(how).to.equal(null);
    await slurm.slurm('scontrol', 'resume', job.id);
    await until('it runs again', () => said.at(-1) === null);
    go();
    await ended;
    expect(how).to.equal('exited with 3');
  });

  it('another name for it in the queue: it is the same job, and is calculated once', async () => {
    await start({ extra: ['--begin=now+1hour'] });
    await has('BeginTime');
    await rename();
    await slurm.slurm('scontrol', 'hold', job.id);
    await has('JobHeld');
    expect(await scheduler.isRunning(job)).to.equal(true);
    await slurm.slurm('scontrol', 'release', job.id);
    await slurm.slurm('scontrol', 'update', `jobid=${job.id}`, 'StartTime=now');
    await untilItRuns();
    go();
    await ended;
    expect(how).to.equal('exited with 3');
    expect(readFileSync(at('runs'), 'utf8')).to.equal('run\n');
  });

  it('another name, and then the end of it: it was cancelled, not lost', async () => {
    await start();
    await untilItRuns();
    await rename();
    await slurm.slurm('scancel', job.id);
    await ended;
    expect(how).to.equal('slurm.cancelled');
  });

  it('another name for one that is to be ended here: it does not stay in the queue', async () => {
    await start({ extra: ['--begin=now+1hour'] });
    await rename();
    await scheduler.kill(job, 0);
    await ended;
    expect(how).to.equal('it was given up before it ran');
    expect(await slurm.slurm('squeue', '-h')).to.equal('');
  });

  it('another name by a plugin of the site, and the answer of sbatch is lost: the job is found', async () => {
    await start({ binFolder: slurm.commandsWith('sbatch', RENAMING) });
    expect(await slurm.slurm('squeue', '-h', '-o', '%i %j')).to.equal(`${job.id} project-7`);
    await untilItRuns();
    go();
    await ended;
    expect(how).to.equal('exited with 3');
  });
});

/** As a submit plugin would: sbatch, its job name changed, and no answer. */
const RENAMING = `for word do
  shift
  case $word in --job-name=*) word=--job-name=project-7;; esac
  set -- "$@" "$word"
done
/usr/bin/sbatch "$@" > /dev/null
exit 1`;
