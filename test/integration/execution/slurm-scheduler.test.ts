import { expect } from 'chai';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SlurmPlaces } from '../../../src/adapters/gpus/slurm-places.js';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import type { SlurmOptions } from '../../../src/adapters/schedulers/slurm/slurm-options.js';
import { SlurmScheduler } from '../../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import { awayWords } from '../../../src/domain/away.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { CaseError, toCaseError } from '../../../src/domain/errors.js';
import type { JobExit } from '../../../src/ports/scheduler.js';
import { rejection } from '../../rejection.js';
import { ASK_SLURM_EVERY_MS, PrivateSlurm } from '../../slurm/private-slurm.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';
import { FakeAvoidedNodes } from '../../fakes/fake-avoided-nodes.js';

/** A job that notes each of its runs, and ends when the file `go` appears. */
const PATIENT = 'echo run >> runs; while [ ! -e go ] && [ -e runs ]; do sleep 0.1; done; exit 0';

/** KillWait of the cluster (slurm-conf.ts). */
const KILL_WAIT_MS = 3_000;

describe('jobs of a real Slurm', function () {
  this.timeout(60_000);
  const slurm = new PrivateSlurm();
  before(() => slurm.start());
  after(() => slurm.stop());
  afterEach(() => slurm.clear());

  const folder = tempFolder();
  let avoided: FakeAvoidedNodes;
  const limits = { timeoutMs: 60_000, stallMs: 60_000 };
  const never = new AbortController().signal;
  let scheduler: SlurmScheduler;
  let attempt: string;
  let waits: (string | null)[];
  const make = (change: Partial<SlurmOptions> = {}): SlurmScheduler =>
    new SlurmScheduler(new LocalHost(), new SystemClock(), slurm.options(change), avoided, 15_000);
  beforeEach(() => {
    avoided = new FakeAvoidedNodes();
    scheduler = make();
    attempt = join(folder.path, 'attempt-1');
    waits = [];
  });

  const observer = { onLine: (): void => undefined, onWaiting: (words: string | null) => waits.push(words) };
  const submit = (script = PATIENT, at = attempt): Promise<JobHandle> =>
    scheduler.submit({ folder: at, argv: ['sh', '-c', script], env: {}, gpuUuids: [] });
  const wait = (job: JobHandle, change = {}): Promise<JobExit> =>
    scheduler.wait(job, { ...limits, ...change }, observer, never);
  const has = (name: string): boolean => existsSync(join(attempt, name));
  const runs = (at = attempt): string => readFileSync(join(at, 'runs'), 'utf8');
  const untilItRuns = (at = attempt): Promise<void> => slurm.untilRunning(() => existsSync(join(at, 'runs')));
  const go = (at = attempt): void => {
    writeFileSync(join(at, 'go'), '');
  };
  const shown = (job: JobHandle): Promise<string> => slurm.slurm('scontrol', '-o', 'show', 'job', job.id);
  const failure = async (ended: Promise<JobExit>): Promise<CaseError> => {
    const thrown = await rejection(ended);
    expect(thrown).to.be.instanceOf(CaseError);
    return thrown as CaseError;
  };

  it('passes arguments as they are, in a folder of any name, and the GPU is the one that Slurm gave', async () => {
    attempt = join(folder.path, `100%j $(id) 'a' {b} ü`);
    process.env['MQI_SECRET'] = 'of the service';
    const nasty = ['$(touch /tmp/mqi-should-not-be)', '`id`', 'two words', '"', "'", '한글', 'a\nb', '*', '', '--wrap'];
    const program = `require('fs').writeFileSync('seen.json', JSON.stringify([process.argv.slice(1), process.env]))`;
    const argv = [process.execPath, '-e', program, '--', ...nasty];
    const job = await scheduler.submit({ folder: attempt, argv, env: { MQI_TEST: 'a b' }, gpuUuids: [] });
    expect(await wait(job)).to.deep.equal({ how: 'exited', code: 0 });
    expect(has('engine.log')).to.equal(true);
    const [args, env] = JSON.parse(readFileSync(join(attempt, 'seen.json'), 'utf8')) as [string[], NodeJS.ProcessEnv];
    expect(args).to.deep.equal(nasty);
    expect(env).to.include({ MQI_TEST: 'a b', SLURM_JOB_ID: job.id });
    expect(env['CUDA_VISIBLE_DEVICES']).to.match(/^[01]$/);
    expect(env).not.to.have.property('MQI_SECRET');
    delete process.env['MQI_SECRET'];
  });

  it('holds the beam when somebody cancels its job in Slurm', async () => {
    const job = await submit();
    const ended = failure(wait(job));
    await untilItRuns();
    await slurm.slurm('scancel', job.id);
    expect(await ended).to.include({ code: 'slurm.cancelled', severity: 'operator' });
  });

  it('tries the beam again when its node fails, and leaves that node out', async () => {
    const job = await submit();
    const ended = failure(wait(job));
    await untilItRuns();
    const node = await slurm.slurm('squeue', '-h', '-j', job.id, '-o', '%N');
    await slurm.slurm('scontrol', 'update', `nodename=${node}`, 'state=down', 'reason=test');
    expect(await ended).to.include({ code: 'engine.node-lost', severity: 'transient' });
    const elsewhere = join(folder.path, 'attempt-2');
    scheduler = make(); // also after a restart of the service
    const next = await submit(PATIENT, elsewhere);
    await untilItRuns(elsewhere);
    expect(await shown(next)).to.include(`ExcNodeList=${node}`);
    await scheduler.kill(next, 0);
  });

  it('calculates anew, and elsewhere, what an administrator sends back to the queue; the engine runs once in its folder', async () => {
    const job = await submit();
    const ended = failure(wait(job));
    await untilItRuns();
    await slurm.slurm('scontrol', 'update', `jobid=${job.id}`, 'requeue=1');
    await slurm.slurm('scontrol', 'requeue', job.id);
    expect(await ended).to.include({ code: 'engine.requeued', severity: 'transient' });
    expect(runs()).to.equal('run\n');
    expect(await scheduler.isRunning(job)).to.equal(false);
  });

  it('says what a job waits for: the queue, then whoever holds it, then nothing', async () => {
    scheduler = make({ extra: ['--begin=now+1hour'] });
    const job = await submit();
    const ended = wait(job);
    await until('the queue', () => waits.at(-1) === 'Slurm to start it (BeginTime)');
    await slurm.slurm('scontrol', 'hold', job.id);
    await until('the hold', () => waits.at(-1)?.includes('JobHeld') === true);
    await slurm.slurm('scontrol', 'update', `jobid=${job.id}`, 'StartTime=now');
    await slurm.slurm('scontrol', 'release', job.id);
    await untilItRuns();
    go();
    expect(await ended).to.deep.equal({ how: 'exited', code: 0 });
    expect(waits.at(-1)).to.equal(null);
  });

  for (const [what, change, words] of [
    ['partition', { partition: 'nope' }, /partition/i],
    ['gres', { gres: 'fpga:1' }, /generic resource/i],
    ['constraint', { constraint: 'nope' }, /feature/i],
  ] as const) {
    it(`holds the beam, in Slurm's own words, when there is no such ${what}`, async () => {
      scheduler = make(change);
      const error = (await rejection(submit())) as CaseError;
      expect(error).to.include({ code: 'slurm.refused', severity: 'operator' });
      expect(error.message).to.match(words);
      expect(await scheduler.find(attempt)).to.equal(null);
      expect(await slurm.slurm('squeue', '-h')).to.equal('');
    });
  }

  it('says that the time is up when Slurm says so', async () => {
    const job = await submit();
    const ended = failure(wait(job));
    await untilItRuns();
    await slurm.slurm('scancel', '--batch', '--signal=USR1', job.id);
    expect(await ended).to.include({ code: 'engine.timeout', severity: 'transient' });
  });

  it('ends a job that runs too long, and one that does nothing, also when it ignores SIGTERM', async () => {
    const slow = await submit(`trap '' TERM; echo $$ > pid; ${PATIENT}`);
    await untilItRuns();
    expect(await failure(wait(slow, { timeoutMs: 1_000 }))).to.include({ code: 'engine.timeout' });
    expect(await scheduler.isRunning(slow)).to.equal(false);
    const pid = readFileSync(join(attempt, 'pid'), 'utf8').trim();
    await until('its process is gone', () => !existsSync(`/proc/${pid}`));
    const idle = await submit('exec sleep 100', join(folder.path, 'attempt-2'));
    expect(await failure(wait(idle, { stallMs: 1_500 }))).to.include({ code: 'engine.stalled' });
    expect(await scheduler.isRunning(idle)).to.equal(false);
  });

  it('lets an engine that an administrator cancels end in its own time, as a job of Slurm until then', async () => {
    const job = await submit(`trap 'echo asked; while [ ! -e go ]; do sleep 0.1; done; exit 0' TERM; ${PATIENT}`);
    await untilItRuns();
    const fromMs = performance.now();
    await slurm.slurm('scancel', job.id);
    await until('it was asked to end', () => readFileSync(join(attempt, 'engine.log'), 'utf8').includes('asked'));
    const listed = (): Promise<string> => slurm.slurm('squeue', '-h', '-o', '%T', '-j', job.id);
    for (let looks = 0; looks < 5; looks++) {
      const state = await listed();
      // From then on Slurm may have killed it.
      if (performance.now() - fromMs < KILL_WAIT_MS) expect(state).to.equal('COMPLETING');
    }
    go();
    await until('Slurm has let it go', async () => (await listed()) === '', 20_000, ASK_SLURM_EVERY_MS);
    expect(has('exit.code'), 'an exit code that was believed').to.equal(false);
  });

  it('takes a job whose node cannot open its log for a fault of the set-up', async () => {
    scheduler = make({ extra: ['--chdir=/proc/none'] });
    const job = await submit();
    expect(await failure(wait(job))).to.include({ code: 'slurm.no-folder', severity: 'operator' });
  });

  it('starts one job when the answer of sbatch is lost', async () => {
    scheduler = make({ binFolder: slurm.commandsWith('sbatch', '/usr/bin/sbatch "$@" > /dev/null; exit 1') });
    const job = await submit();
    await untilItRuns();
    expect(await slurm.slurm('squeue', '-h', '-o', '%i')).to.equal(job.id);
    expect(await submit()).to.deep.equal(job);
    go();
    expect(await wait(job)).to.deep.equal({ how: 'exited', code: 0 });
    expect(runs()).to.equal('run\n');
  });

  it('runs no engine for a submission that comes after it was given up', async () => {
    const late = join(folder.path, 'late');
    const later = 'printf "%s\\0" "$@" > ' + late + '; echo "Socket timed out" >&2; exit 1';
    scheduler = make({ binFolder: slurm.commandsWith('sbatch', later) });
    expect(await rejection(submit())).to.include({ code: 'slurm.lost', severity: 'transient' });
    const args = readFileSync(late, 'utf8').split('\0').slice(0, -1);
    const id = await slurm.slurm('sbatch', ...args);
    await until(
      'it has ended',
      async () => (await slurm.slurm('squeue', '-h', '-j', id)) === '',
      20_000,
      ASK_SLURM_EVERY_MS,
    );
    expect(await shown({ id } as JobHandle)).to.include('ExitCode=125:0');
    expect(has('runs')).to.equal(false);
    expect(await scheduler.find(attempt)).to.equal(null);
  });

  describe('whose controller is killed', () => {
    let lost: JobHandle;
    // No other test gets an id that a job of this one had.
    afterEach(() => slurm.nextIdFrom(Number(lost.id) + 5));

    it('goes on with a job that it forgot and that runs; none is doubled, none is lost', async () => {
      await slurm.forgetting(async () => {
        lost = await submit();
        await untilItRuns();
      });
      const other = join(folder.path, 'attempt-2');
      const next = await submit(PATIENT, other); // ids are given out again
      const ended = wait(lost);
      go();
      expect(await ended).to.deep.equal({ how: 'exited', code: 0 });
      expect(runs()).to.equal('run\n');
      await scheduler.kill(next, 0);
    });

    it('submits a job anew that it forgot before it ran, as another attempt', async () => {
      scheduler = make({ extra: ['--begin=now+1hour'] });
      await slurm.forgetting(async () => {
        lost = await submit();
      });
      // Not counted against the beam: it was never started.
      expect(await failure(wait(lost))).to.include({ code: 'engine.not-launched', severity: 'transient' });
    });

    it('is waited for: a job that ends meanwhile has ended well, and one that shall end does', async () => {
      const job = await submit();
      const second = join(folder.path, 'attempt-2');
      const doomed = await submit(PATIENT, second);
      await untilItRuns();
      await untilItRuns(second);
      const ended = wait(job);
      await slurm.killController();
      try {
        await until('it is said', () => waits.at(-1)?.includes('does not answer') === true);
        go();
        expect(await ended).to.deep.equal({ how: 'exited', code: 0 });
        await scheduler.kill(doomed, 0);
        expect(await rejection(scheduler.ready())).to.include({ code: 'host.unreachable', severity: 'transient' });
        const places = new SlurmPlaces('local', 2, new SystemClock(), () => scheduler.ready());
        const why = 'it is not known whether it is free: Slurm on host local does not answer, since';
        expect(awayWords('local', toCaseError(await rejection(places.find())).message, 0)).to.contain(why);
        const third = scheduler.submit({ folder: join(folder.path, 'a3'), argv: ['true'], env: {}, gpuUuids: [] });
        expect(await rejection(third)).to.include({ code: 'host.unreachable' });
      } finally {
        await slurm.startController();
      }
      expect(runs()).to.equal('run\n');
    });
  });
});
