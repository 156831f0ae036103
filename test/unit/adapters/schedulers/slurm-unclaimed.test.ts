import { expect } from 'chai';
import { SlurmScheduler } from '../../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import type { CommandEnd } from '../../../../src/ports/host.js';
import { toCaseError } from '../../../../src/domain/errors.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeHost } from '../../../fakes/fake-host.js';
import { FakeAvoidedNodes } from '../../../fakes/fake-avoided-nodes.js';

const said = (stdout: string): CommandEnd => ({ how: 'exited', code: 0, stdout, stderr: '' });

const NO_ANSWER: CommandEnd = { how: 'exited', code: 1, stdout: '', stderr: 'Socket timed out' };

/** A host of Slurm's commands that know one job, and a folder that shows changes only when something is written. */
class ClusterHost extends FakeHost {
  state = 'RUNNING';
  name_ = '';
  cancelled = false;
  reason = 'None';
  /** Of scontrol. */
  shown = '';
  /** Its `show config` and `show node`; null: it does not answer. */
  config: string | null = 'Prolog = (null)\nPrologFlags = (null)\n';
  node = 'NodeName=n1 State=MIXED';
  elapsed = '0:10';

  override folderChanged(_folder: string, maxMs: number, signal: AbortSignal): Promise<void> {
    return this.clock.sleep(maxMs, signal);
  }

  constructor(private readonly clock: FakeClock) {
    super('local');
    this.answers = (argv) => {
      const command = argv.find((word) => /^(sbatch|squeue|scontrol|scancel|sacct)$/.test(word));
      if (command === 'sbatch') {
        this.name_ = argv.find((word) => word.startsWith('--job-name='))?.slice(11) ?? '';
        return said('7\n');
      }
      if (command === 'squeue')
        return said(this.cancelled ? '' : `7|${this.name_}|${this.state}|${this.elapsed}|1|n1|${this.reason}\n`);
      if (command === 'scancel') this.cancelled = true;
      return command === 'scontrol' ? this.#scontrol(argv) : said('');
    };
  }

  #scontrol(argv: readonly string[]): CommandEnd {
    if (argv.includes('config')) return this.config === null ? NO_ANSWER : said(this.config);
    if (argv.includes('node')) return said(this.node);
    if (argv.includes('show')) return said(this.shown.replace('NAME', this.name_));
    return said(argv.includes('ping') ? 'Slurmctld(primary) at n is UP' : '');
  }
}

describe('a job that Slurm says is on a node, where nothing of it runs', () => {
  let clock: FakeClock;
  let host: ClusterHost;
  let scheduler: SlurmScheduler;
  let waits: (string | null)[];
  let why: string;
  beforeEach(() => {
    waits = [];
    why = '';
    clock = new FakeClock();
    host = new ClusterHost(clock);
    const none = { partition: null, gres: null, time: null, account: null, qos: null, constraint: null };
    const rest = { extra: [], binFolder: null, conf: null, completionLog: null, engineMinutes: 10 };
    scheduler = new SlurmScheduler(host, clock, { ...none, ...rest }, new FakeAvoidedNodes());
  });

  async function end(state: string, afterMs: number, timeoutMs = 3_600_000): Promise<string | null> {
    host.state = state;
    const job = await scheduler.submit({ folder: '/jobs/1', argv: ['engine'], env: {}, gpuUuids: [] });
    const letGo = new AbortController();
    let how: string | null = null;
    const observer = { onLine: () => undefined, onWaiting: (words: string | null) => waits.push(words) };
    const limits = { timeoutMs, stallMs: 3_600_000 };
    const waiting = scheduler.wait(job, limits, observer, letGo.signal).then(
      (exit) => (how = exit.how),
      (thrown: unknown) => {
        if (!letGo.signal.aborted) why = toCaseError(thrown).message;
        return (how = toCaseError(thrown).code);
      },
    );
    for (let ms = 0; ms < afterMs; ms += 1_000) await clock.advance(1_000);
    const found = how;
    letGo.abort(new Error('the test is over'));
    await clock.advance(120_000);
    await waiting;
    return found;
  }

  for (const [state, withinMs] of [
    ['COMPLETING', 20_000],
    ['RUNNING', 110_000],
  ] as const) {
    it(`(${state}) is given up after a while, so that it never runs, and its beam is tried again`, async () => {
      expect(await end(state, withinMs)).to.equal('engine.not-launched');
      expect(host.files.get('/jobs/1/job.pid')).to.equal('abandoned\n');
      expect(host.cancelled).to.equal(true);
    });
  }

  it('is waited for as long as its node is made ready by the site (Prolog), and for as long again from then on', async () => {
    host.reason = 'Prolog';
    const ready = clock.monotonicMs() + 600_000;
    const { answers } = host;
    host.answers = (argv) => {
      if (clock.monotonicMs() >= ready) host.reason = 'None';
      return answers(argv);
    };
    expect(await end('RUNNING', 680_000)).to.equal(null);
    expect(host.files.has('/jobs/1/job.pid')).to.equal(false);
    expect(waits).to.deep.equal([null, 'its node to be made ready by Slurm', null]);
  });

  describe('where the site makes nodes ready by a prolog of which Slurm does not tell', () => {
    beforeEach(() => {
      host.config = `Prolog = /site/prolog\nPrologEpilogTimeout = 65534\nPrologFlags = (null)\n`;
    });
    /** From then on, whenever Slurm is asked. */
    const after = (ms: number, happen: () => void): void => {
      const { answers } = host;
      const dueMs = clock.monotonicMs() + ms;
      host.answers = (argv) => {
        if (clock.monotonicMs() >= dueMs) happen();
        return answers(argv);
      };
    };

    it('is waited for, in words, and its limits count from when it begins', async () => {
      after(1_800_000, () => {
        host.elapsed = '30:00';
        if (host.files.get('/jobs/1/job.pid') === undefined) {
          host.write('/jobs/1/job.pid', `7 n1 ${String(Math.floor(clock.now() / 1000))}\n`);
        }
      });
      expect(await end('RUNNING', 2_200_000, 600_000)).to.equal(null);
      const words = "its node to begin with it; the site's prolog may run there (PrologFlags=Alloc would tell)";
      expect(waits).to.deep.equal([null, words, null]);
    });

    const UNREADY = 'Slurm could not start the job (node n1 was not made ready in time: Prolog)';
    for (const [atMs, wanted] of [
      [650_000, ''],
      [750_000, UNREADY],
    ] as const) {
      it(`is given up when the time that the site gives to its prolog is over, not before (${String(atMs)})`, async () => {
        host.config = `Prolog[0] = /site/prolog\nPrologTimeout = 600 sec\nPrologFlags = NoHold\n`;
        await end('RUNNING', atMs);
        expect(why).to.equal(wanted);
      });
    }

    it('is given up when Slurm ends it before its node was ready', async () => {
      after(1_000_000, () => (host.state = 'COMPLETING'));
      expect(await end('RUNNING', 1_020_000)).to.equal('engine.not-launched');
      expect(why).to.equal(UNREADY);
    });

    it('is given up when its node was taken out as one that refused it', async () => {
      host.node = 'NodeName=n1 State=IDLE+DRAIN Comment=x Reason=Duplicate jobid [slurm@2026-11-26T12:54:20]';
      expect(await end('RUNNING', 110_000)).to.equal('engine.not-launched');
    });
  });

  it('is not given up while Slurm does not say whether its node may be made ready', async () => {
    host.config = null;
    expect(await end('RUNNING', 600_000)).to.equal(null);
    expect(host.files.has('/jobs/1/job.pid')).to.equal(false);
  });

  it('is not given up where Slurm took it back meanwhile and has only just put it on a node again', async () => {
    const { answers } = host;
    const [back, again] = [clock.monotonicMs() + 60_000, clock.monotonicMs() + 120_000];
    host.answers = (argv) => {
      const nowMs = clock.monotonicMs();
      host.state = nowMs >= back && nowMs < again ? 'PENDING' : 'RUNNING';
      return answers(argv);
    };
    expect(await end('RUNNING', 180_000)).to.equal(null);
    expect(host.files.has('/jobs/1/job.pid')).to.equal(false);
  });

  it('is not given up at once: its node may only just have got it', async () => {
    expect(await end('RUNNING', 60_000)).to.equal(null);
    expect(host.files.has('/jobs/1/job.pid')).to.equal(false);
  });

  it('is known to be cancelled also where the clock of the cluster is far behind ours', async () => {
    host.shown = 'JobId=7 JobName=NAME JobState=CANCELLED Reason=None SubmitTime=1 NodeList=(null)\n';
    const { answers } = host;
    const cancelledAt = clock.monotonicMs() + 20_000;
    host.answers = (argv) => {
      host.cancelled ||= clock.monotonicMs() >= cancelledAt;
      return answers(argv);
    };
    expect(await end('PENDING', 40_000)).to.equal('slurm.cancelled');
  });

  it('is followed on if its claim was made in the very moment it was given up', async () => {
    const create = host.createExclusive.bind(host);
    host.createExclusive = (path, text) => {
      if (path === '/jobs/1/job.pid') host.write(path, '7 n1 1700000000\n');
      return create(path, text);
    };
    expect(await end('RUNNING', 110_000)).to.equal(null);
    expect(host.cancelled).to.equal(false);
  });
});
