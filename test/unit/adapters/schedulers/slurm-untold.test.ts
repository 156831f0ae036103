import { expect } from 'chai';
import { SlurmScheduler } from '../../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import type { JobHandle } from '../../../../src/domain/beam.js';
import { toCaseError } from '../../../../src/domain/errors.js';
import type { CommandEnd } from '../../../../src/ports/host.js';
import { FakeAvoidedNodes } from '../../../fakes/fake-avoided-nodes.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeHost } from '../../../fakes/fake-host.js';

const MINUTE = 60_000;
const exited = (code: number, stdout: string, stderr = ''): CommandEnd => ({ how: 'exited', code, stdout, stderr });

/** A cluster whose controller has forgotten its one job; what its accounting says is the test's. */
class ForgetfulCluster extends FakeHost {
  /** Of sacct, for the name of the job. */
  accounting: (name: string) => CommandEnd = () => exited(0, '');
  beats = false;
  #beat = 0;
  #name = '';

  constructor(private readonly clock: FakeClock) {
    super('local');
    this.answers = (argv) => {
      const command = argv.find((word) => /^(sbatch|squeue|scontrol|sacct|scancel)$/.test(word));
      if (command === 'sbatch') {
        this.#name = argv.find((word) => word.startsWith('--job-name='))?.slice(11) ?? '';
        return exited(0, '7\n');
      }
      if (command === 'sacct') return this.accounting(this.#name);
      if (argv.includes('show')) return exited(1, '', 'slurm_load_jobs error: Invalid job id specified');
      return exited(0, argv.includes('ping') ? 'Slurmctld(primary) at n is UP' : '');
    };
  }

  override folderChanged(_folder: string, maxMs: number, signal: AbortSignal): Promise<void> {
    return this.clock.sleep(maxMs, signal);
  }

  override readText(path: string): Promise<string | null> {
    const isStopped = this.files.has('/jobs/1/job.stop');
    if (path.endsWith('job.beat') && this.beats && !isStopped) this.write(path, `${String(this.#beat++)} 100\n`);
    return super.readText(path);
  }
}

describe('a job that Slurm has forgotten, without an exit code', () => {
  let clock: FakeClock;
  let host: ForgetfulCluster;
  let scheduler: SlurmScheduler;
  let job: JobHandle;
  const claim = (): void => {
    host.write('/jobs/1/job.pid', `7 n1 ${String(Math.floor(clock.now() / 1000))}\n`);
  };
  const goneDatabase = (): CommandEnd => exited(1, '', 'sacct: error: Problem talking to the database');
  beforeEach(async () => {
    clock = new FakeClock();
    host = new ForgetfulCluster(clock);
    const none = { partition: null, gres: null, time: null, account: null, qos: null, constraint: null };
    const rest = { extra: [], binFolder: null, conf: null, completionLog: null, engineMinutes: 10 };
    scheduler = new SlurmScheduler(host, clock, { ...none, ...rest }, new FakeAvoidedNodes());
    job = await scheduler.submit({ folder: '/jobs/1', argv: ['engine'], env: {}, gpuUuids: [] });
  });

  /** How it ended within so long; null if it did not. */
  async function end(withinMs: number, stallMs = 24 * 60 * MINUTE): Promise<string | null> {
    const letGo = new AbortController();
    let how: string | null = null;
    const limits = { timeoutMs: 24 * 60 * MINUTE, stallMs };
    const waiting = scheduler.wait(job, limits, { onLine: () => undefined }, letGo.signal).then(
      (exit) => (how = exit.how),
      (thrown: unknown) => (how = toCaseError(thrown).code),
    );
    for (let ms = 0; ms < withinMs; ms += 5_000) await clock.advance(5_000);
    const found = how;
    letGo.abort(new Error('the test is over'));
    await clock.advance(10 * MINUTE);
    await waiting;
    return found;
  }

  describe('of which the accounting says that it runs, as it was never told of its end', () => {
    beforeEach(() => {
      host.accounting = (name) => exited(0, `7|${name}|RUNNING|0:0|n1|${String(Math.floor(clock.now() / 1000))}\n`);
      claim();
    });

    it('is given up when it gives no sign of life: it is not waited for without end', async () => {
      expect(await end(3 * MINUTE)).to.equal('engine.node-lost');
    });

    it('is followed on as long as it gives signs of life, and counts as running', async () => {
      host.beats = true;
      expect(await end(30 * MINUTE)).to.equal(null);
      const running = scheduler.isRunning(job);
      await clock.advance(MINUTE);
      expect(await running).to.equal(true);
    });
  });

  describe('whose accounting does not answer', () => {
    beforeEach(() => {
      host.accounting = goneDatabase;
    });

    it('has neither failed nor vanished for an hour; then its files say what became of it', async () => {
      claim();
      expect(await end(59 * MINUTE)).to.equal(null);
      expect(await end(62 * MINUTE)).to.equal('engine.node-lost');
    });

    it('is not given up for another before, though it has not begun', async () => {
      expect(await end(59 * MINUTE)).to.equal(null);
      expect(host.files.has('/jobs/1/job.pid')).to.equal(false);
    });

    it('is ended by its limits all the same when it runs and does nothing', async () => {
      claim();
      host.beats = true;
      expect(await end(20 * MINUTE, 15 * MINUTE)).to.equal('engine.stalled');
    });

    it('has ended as the accounting says when it answers again', async () => {
      claim();
      const back = clock.now() + 10 * MINUTE;
      host.accounting = (name) =>
        clock.now() < back ? goneDatabase() : exited(0, `7|${name}|FAILED|3:0|n1|${String(Math.floor(back / 1000))}\n`);
      expect(await end(12 * MINUTE)).to.equal('exited');
    });
  });

  it('has vanished without an hour of waiting where Slurm keeps no accounting', async () => {
    host.accounting = () => exited(1, '', 'Slurm accounting storage is disabled');
    claim();
    expect(await end(3 * MINUTE)).to.equal('engine.node-lost');
  });
});
