import { expect } from 'chai';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import type { SlurmOptions } from '../../../src/adapters/schedulers/slurm/slurm-options.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { toCaseError } from '../../../src/domain/errors.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';
import { ASK_SLURM_EVERY_MS, PrivateSlurm } from '../../slurm/private-slurm.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

/** A job that notes that it runs, and ends when the file `go` appears. */
const PATIENT = 'echo run >> runs; while [ ! -e go ]; do sleep 0.1; done; exit 3';
/** Some 150 MB more each second, of the 40 it may have. */
const GREEDY = ['-e', 'const all = []; setInterval(() => all.push(Buffer.alloc(15e6, 1)), 100)'];
/** A Slurm that forgets a job some ten seconds after its end, not after five minutes, and kills what needs too much memory. */
const CHANGES = {
  MinJobAge: '2',
  JobAcctGatherType: 'jobacct_gather/linux',
  JobAcctGatherFrequency: '1',
  JobAcctGatherParams: 'OverMemoryKill',
  BatchStartTimeout: '600', // so long it believes of a young job that its node does not list that it is about to begin
};
/** Short: a job that Slurm has forgotten and that does not beat for so long is gone. */
const SILENT_MS = 6_000;

describe('jobs of a real Slurm', function () {
  this.timeout(90_000);
  const slurm = new PrivateSlurm(CHANGES);
  const folder = tempFolder();
  before(() => slurm.start());
  after(() => slurm.stop());
  // Jobs of a test that failed would keep their places from the next.
  afterEach(() => slurm.clear());

  const avoided = new FakeAvoidedNodes();
  const make = (change: Partial<SlurmOptions> = {}): SlurmScheduler =>
    new SlurmScheduler(new LocalHost(), new SystemClock(), slurm.options(change), avoided, SILENT_MS);
  const at = (name: string): string => join(folder.path, name);
  const submit = (name: string, change = {}, argv = ['sh', '-c', PATIENT]): Promise<JobHandle> =>
    make(change).submit({ folder: at(name), argv, env: {}, gpuUuids: [] });
  const how = (job: JobHandle, change = {}): Promise<string> =>
    make(change)
      .wait(job, { timeoutMs: 60_000, stallMs: 60_000 }, { onLine: () => undefined }, new AbortController().signal)
      .then(
        (exit) => (exit.how === 'exited' ? `exited with ${String(exit.code)}` : exit.how),
        (thrown: unknown) => toCaseError(thrown).code,
      );
  /** As `how`; nodes that go out meanwhile, as after a restart of the controller, are taken back as by an administrator. */
  const howTended = async (job: JobHandle): Promise<string> => {
    let end: string | null = null;
    void how(job).then((words) => (end = words));
    const hasEnded = async (): Promise<string | null> => {
      await slurm.repair();
      return end;
    };
    return until('the job has ended', hasEnded, 80_000, ASK_SLURM_EVERY_MS).catch(async (thrown: unknown) => {
      throw new Error(`${String(thrown)}\n${await slurm.described()}`);
    });
  };

  it('that ended while no service was there, and that it has forgotten since, end as its completion log says', async () => {
    const here = { extra: ['--nodelist=n1'] };
    const cancelled = await submit('cancelled', here);
    const done = await submit('done', here);
    const lost = await submit('lost', { extra: ['--nodelist=n2'] });
    const all = [cancelled, done, lost];
    for (const job of all) await slurm.untilRunning(() => existsSync(join(job.folder, 'runs')));
    writeFileSync(join(at('done'), 'go'), '');
    await until('it has ended', () => existsSync(join(at('done'), 'exit.code')));
    await slurm.slurm('scancel', cancelled.id);
    await slurm.slurm('scontrol', 'update', 'nodename=n2', 'state=down', 'reason=test');
    await slurm.untilForgotten(all.map(({ id }) => id));
    expect(await Promise.all(all.map((job) => make().isRunning(job)))).to.deep.equal([false, false, false]);
    const [unlogged, ...ends] = await Promise.all([
      how(cancelled, { completionLog: null }),
      ...all.map((job) => how(job)),
    ]);
    expect(ends).to.deep.equal(['slurm.cancelled', 'exited with 3', 'engine.node-lost']);
    expect(avoided.rows.map(({ node }) => node)).to.deep.equal(['n2']);
    // Without a log nobody knows who ended it; its beam is tried again, whether or not its wrapper could note the signal.
    expect(unlogged).to.be.oneOf(['engine.node-lost', 'exited with 143']);
    await slurm.repair();
  });

  it('that it believes to run though they are over are ended there: others get their place', async () => {
    const alone = { extra: ['--nodelist=n1', '--exclusive'] };
    const over = await submit('over', alone);
    await slurm.untilRunning(() => existsSync(join(at('over'), 'runs')));
    await slurm.untilSaved(over.id);
    await slurm.forgetting(async () => {
      writeFileSync(join(at('over'), 'go'), '');
      expect(await how(over)).to.equal('exited with 3');
      await slurm.untilNoJobIsLeft();
    });
    expect(await slurm.slurm('squeue', '-h', '-o', '%i %T')).to.equal(`${over.id} RUNNING`);
    const next = await submit('next', alone);
    writeFileSync(join(at('next'), 'go'), '');
    expect(await howTended(next)).to.equal('exited with 3');
  });

  it('that need more memory than they were given hold the beam, and say so', async () => {
    const greedy = { extra: ['--mem=40'] };
    const job = await submit('greedy', greedy, [process.execPath, ...GREEDY]);
    expect(await howTended(job)).to.equal('slurm.out-of-memory');
    expect(await make().isRunning(job)).to.equal(false);
  });

  it('that waits in vain for the nodes that did not fail may go to those that did', async () => {
    await avoided.forget('local');
    await avoided.avoid({ host: 'local', node: 'n1', until: Date.now() + 600_000 });
    await slurm.slurm('scontrol', 'update', 'nodename=n2', 'state=down', 'reason=test');
    const job = await submit('elsewhere');
    const reason = (): Promise<string> => slurm.slurm('squeue', '-h', '-j', job.id, '-o', '%r');
    await until(
      'it has no node',
      async () => (await reason()).startsWith('ReqNodeNotAvail'),
      20_000,
      ASK_SLURM_EVERY_MS,
    );
    expect(existsSync(join(at('elsewhere'), 'runs'))).to.equal(false);
    await make().client.allowAllNodes(job.id);
    await slurm.untilRunning(() => existsSync(join(at('elsewhere'), 'runs')));
    await make().kill(job, 0);
  });
});
