import { expect } from 'chai';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { jobName } from '../../../src/adapters/schedulers/slurm/slurm-options.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { toCaseError } from '../../../src/domain/errors.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';
import { PrivateSlurm } from '../../slurm/private-slurm.js';
import { noAccounting, SlurmAccounting } from '../../slurm/slurm-accounting.js';
import { until } from '../../until.js';

/** A job that notes that it runs, and ends when the file `go` appears. */
const PATIENT = 'echo run >> runs; while [ ! -e go ]; do sleep 0.1; done; exit 3';
/** A Slurm that forgets a job some ten seconds after its end, has no completion log, and soon gives out numbers again. */
const CHANGES = { MinJobAge: '2', JobCompType: 'jobcomp/none', FirstJobId: '1', MaxJobId: '8' };
/** Short: no job of these tests runs on when Slurm has forgotten it. */
const SILENT_MS = 2_000;

describe('jobs of a real Slurm that keeps an accounting (slurmdbd, MariaDB)', function () {
  this.timeout(120_000);
  const accounting = new SlurmAccounting();
  const slurm = new PrivateSlurm(CHANGES, accounting);
  before(function () {
    if (noAccounting() !== null) this.skip();
    return slurm.start();
  });
  after(() => (noAccounting() === null ? slurm.stop() : undefined));

  const avoided = new FakeAvoidedNodes();
  const make = (extra: readonly string[] = []): SlurmScheduler => {
    const options = slurm.options({ gres: null, completionLog: null, extra });
    return new SlurmScheduler(new LocalHost(), new SystemClock(), options, avoided, SILENT_MS);
  };
  const at = (name: string): string => join(slurm.place, 'jobs', name);
  const submit = (name: string, ...extra: readonly string[]): Promise<JobHandle> =>
    make(extra).submit({ folder: at(name), argv: ['sh', '-c', PATIENT], env: {}, gpuUuids: [] });
  const run = async (name: string, ...extra: readonly string[]): Promise<JobHandle> => {
    const job = await submit(name, ...extra);
    await slurm.untilRunning(() => existsSync(join(at(name), 'runs')));
    return job;
  };
  const how = (job: JobHandle, onWaiting: (words: string | null) => void = () => undefined): Promise<string> =>
    make()
      .wait(
        job,
        { timeoutMs: 60_000, stallMs: 60_000 },
        { onLine: () => undefined, onWaiting },
        new AbortController().signal,
      )
      .then(
        (exit) => (exit.how === 'exited' ? `exited with ${String(exit.code)}` : exit.how),
        (thrown: unknown) => toCaseError(thrown).code,
      );
  /** It ends by itself, and its exit code is lost, as with a file system that is gone or restored from a copy. */
  const endWithoutFile = async (name: string): Promise<void> => {
    writeFileSync(join(at(name), 'go'), '');
    await until('it has ended', () => existsSync(join(at(name), 'exit.code')));
    rmSync(join(at(name), 'exit.code'));
  };
  const areForgotten = (...jobs: readonly JobHandle[]): Promise<void> => slurm.untilForgotten(jobs.map(({ id }) => id));
  /** Jobs that Slurm has forgotten, and how each ended. */
  let ends: readonly { readonly job: JobHandle; readonly end: string }[] = [];
  let late: JobHandle;
  let untold: JobHandle;

  it('and that has forgotten them end as the accounting says, though they left no exit code', async () => {
    const [cancelled, done, lost, ...others] = await Promise.all([
      run('cancelled', '--nodelist=n1'),
      run('done', '--nodelist=n1'),
      run('lost', '--nodelist=n2'),
      run('late', '--nodelist=n1', '--signal=B:CONT@0'), // it would tell the engine before
      run('untold', '--nodelist=n1'),
    ]);
    [late, untold] = others;
    // Looked at every half a minute: see below. By the time slurmctld hears of `now` it may be in the second before,
    // which it takes for no time to end at.
    await slurm.slurm('scontrol', 'update', `jobid=${late.id}`, 'EndTime=now+3');
    await slurm.slurm('scancel', cancelled.id, untold.id);
    await slurm.slurm('scontrol', 'update', 'nodename=n2', 'state=down', 'reason=test');
    await endWithoutFile('done');
    ends = [
      { job: cancelled, end: 'slurm.cancelled' },
      { job: done, end: 'exited with 3' },
      { job: lost, end: 'engine.node-lost' },
    ];
    const jobs = ends.map(({ job }) => job);
    await areForgotten(...jobs, untold);
    expect(await Promise.all(jobs.map((job) => how(job)))).to.deep.equal(ends.map(({ end }) => end));
    expect(avoided.rows.map(({ node }) => node)).to.deep.equal(['n2']);
    expect(await Promise.all(jobs.map((job) => make().isRunning(job)))).to.deep.equal([false, false, false]);
  });

  it('have not failed while its daemon is down: their end is waited for, in words, and known when it is back', async () => {
    await accounting.stopDaemon();
    let said: string | null = null;
    let end: string | null = null;
    const ended = how(untold, (words) => (said = words)).then((words) => (end = words));
    await until('it says what it waits for', () => said?.includes('the accounting of Slurm does not answer'));
    const fromMs = performance.now();
    await until('longer than a dead job without accounting would be', () => performance.now() - fromMs > SILENT_MS);
    expect(end).to.equal(null);
    await accounting.startDaemon();
    expect(await ended).to.equal('slurm.cancelled');
  });

  it('are unknown, not gone, while its database is down', async () => {
    const record = (): ReturnType<SlurmScheduler['client']['record']> =>
      make().client.record({ ...untold, name: jobName('local', untold.folder), notBeforeS: 0 });
    await accounting.stopDatabase();
    expect(await record()).to.equal('unknown');
    await accounting.startDatabase();
    expect(await record()).to.include({ state: 'CANCELLED' });
  });

  it('are told from those that got the same number later, also from one that never was eligible to run', async () => {
    const later: JobHandle[] = [];
    const former = await until('a number is given out again', async () => {
      const next = await submit(`later-${String(later.length)}`, '--hold');
      later.push(next);
      return ends.find(({ job }) => job.id === next.id);
    });
    expect(await how(former.job)).to.equal(former.end);
    await slurm.slurm('scancel', ...later.map(({ id }) => id));
    const namesake = later.at(-1) as JobHandle;
    await areForgotten(namesake);
    expect(await how(namesake)).to.equal('slurm.cancelled');
    expect(await how(former.job)).to.equal(former.end);
  });

  it('have broken their time limit where the accounting says so', async () => {
    await areForgotten(late);
    expect(await how(late)).to.equal('engine.timeout');
  });
});
