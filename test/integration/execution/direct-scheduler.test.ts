import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';
import { LocalHost } from '../../../src/adapters/hosts/local-host.js';
import { livingProcess } from '../../../src/adapters/hosts/proc-stat.js';
import { DirectScheduler } from '../../../src/adapters/schedulers/direct-scheduler.js';
import { WRAPPER } from '../../../src/adapters/schedulers/wrapper-script.js';
import { SystemClock } from '../../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../../src/domain/beam.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { JobExit } from '../../../src/ports/scheduler.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

const DRIVER = fileURLToPath(new URL('./submit-and-stay.js', import.meta.url));

/** So seldom that what waits for the next look is late on any machine, and what an event tells of is not. */
const POLL_MS = 15_000;
const AT_ONCE_MS = 8_000;

describe('jobs as real processes', () => {
  const folder = tempFolder();
  const limits = { timeoutMs: 60_000, stallMs: 60_000 };
  const never = new AbortController().signal;
  const silent = { onLine: (): void => undefined };
  let scheduler: DirectScheduler;
  let attempt: string;
  const started: JobHandle[] = [];
  beforeEach(() => {
    scheduler = new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: POLL_MS });
    attempt = join(folder.path, 'attempt-1');
  });
  afterEach(async () => {
    for (const job of started.splice(0)) await scheduler.kill(job, 0);
  });

  const node = (program: string, ...args: string[]): string[] => [process.execPath, '-e', program, ...args];
  const submit = async (argv: readonly string[], gpuUuids: readonly string[] = []): Promise<JobHandle> => {
    const job = await scheduler.submit({ folder: attempt, argv, env: { MQI_TEST: 'set' }, gpuUuids });
    started.push(job);
    return job;
  };
  const file = (name: string): string => join(attempt, name);
  /** The service as another process, killed without warning once it has started the job. */
  const submitAndDie = async (argv: readonly string[]): Promise<JobHandle> => {
    const service = spawn(process.execPath, [DRIVER, attempt, JSON.stringify(argv)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const line of createInterface(service.stdout)) {
      const job = JSON.parse(line) as JobHandle;
      started.push(job);
      const gone = new Promise((resolve) => service.once('exit', resolve));
      service.kill('SIGKILL');
      await gone;
      return job;
    }
    throw new Error('the service printed no handle');
  };
  const isRunning = (pid: number): boolean => livingProcess(pid) !== null;
  const pidIn = (name: string): Promise<number> =>
    until(
      `${name} holds a number`,
      () => (existsSync(file(name)) ? Number(readFileSync(file(name), 'utf8')) : 0) || null,
    );

  it('passes arguments as they are, whatever they hold, and a small environment', async () => {
    process.env['MQI_SECRET'] = 'of the service';
    const nasty = ['$(touch /tmp/mqi-should-not-be)', '`id`', 'two words', '"', "'", '한글', 'a\nb', '*', ''];
    const program = `require('fs').writeFileSync('seen.json', JSON.stringify([process.argv.slice(1), process.env]))`;
    const job = await submit(node(program, ...nasty), ['GPU-a', 'GPU-b']);
    expect(await scheduler.wait(job, limits, silent, never)).to.deep.equal({ how: 'exited', code: 0 });
    const [args, env] = JSON.parse(readFileSync(file('seen.json'), 'utf8')) as [string[], Record<string, string>];
    expect(args).to.deep.equal(nasty);
    expect(env).to.include({ CUDA_VISIBLE_DEVICES: 'GPU-a,GPU-b', MQI_TEST: 'set' });
    expect(env).not.to.have.property('MQI_SECRET');
    delete process.env['MQI_SECRET'];
  });

  it('notices the end of its own job at once, though it polls seldom', async () => {
    const job = await submit(node(`setTimeout(() => require('fs').writeFileSync('end', String(Date.now())), 300)`));
    await scheduler.wait(job, limits, silent, never);
    expect(Date.now() - Number(readFileSync(file('end'), 'utf8'))).to.be.below(AT_ONCE_MS);
  });

  it('outcome-ownership: a job outlives the killed service, and the next one takes its exit code and whole output', async () => {
    const job = await submitAndDie(
      node(`console.log('before');
        const wait = setInterval(() => { if (require('fs').existsSync('go')) {
          clearInterval(wait); console.log('after'); process.exitCode = 5; } }, 20)`),
    );
    await until('the claim is there', () => existsSync(file('job.pid')));
    expect(await scheduler.find(attempt)).to.deep.equal(job);
    const lines: string[] = [];
    const waiting = scheduler.wait(job, limits, { onLine: (line) => lines.push(line) }, never);
    await until('the first line is read', () => lines.includes('before'));
    writeFileSync(file('go'), '');
    const begun = Date.now();
    expect(await waiting).to.deep.equal({ how: 'exited', code: 5 });
    expect(Date.now() - begun, 'an adopted end is noticed by a file event').to.be.below(AT_ONCE_MS);
    expect(lines).to.deep.equal(['before', 'after']);
  });

  it('takes a job that ended while no service was there', async () => {
    const job = await submitAndDie(node(`process.exitCode = 9`));
    await until('the exit code is there', () => existsSync(file('exit.code')));
    expect(await scheduler.wait(job, limits, silent, never)).to.deep.equal({ how: 'exited', code: 9 });
  });

  it('timing-hole: an intent without a claim is given up, and a wrapper that comes late runs nothing', async () => {
    mkdirSync(attempt);
    writeFileSync(file('job.json'), '{}');
    expect(await scheduler.find(attempt)).to.equal(null);
    const late = spawn('sh', ['-c', WRAPPER, 'mqi-job', 'touch', 'ran'], { cwd: attempt, stdio: 'ignore' });
    const code = await new Promise((resolve) => late.once('exit', resolve));
    expect(code).to.equal(125);
    expect(readdirSync(attempt).sort()).to.deep.equal(['job.json', 'job.pid']);
    const again = await rejection(submit(['touch', 'ran']));
    expect(again).to.be.instanceOf(CaseError).with.property('code', 'engine.lost');
    expect(existsSync(file('ran'))).to.equal(false);
  });

  it('timing-hole: a wrapper that was first is found by its claim, before anybody recorded its handle', async () => {
    const job = await submitAndDie(['sleep', '60']);
    await until('the claim is there', () => existsSync(file('job.pid')));
    const found = await scheduler.find(attempt);
    expect(found).to.deep.equal(job);
    expect(await scheduler.submit({ folder: attempt, argv: ['touch', 'ran'], env: {}, gpuUuids: [] })).to.deep.equal(
      job,
    );
    expect(existsSync(file('ran'))).to.equal(false);
  });

  it('a handle whose number now belongs to another process is a vanished job, and the stranger is not touched', async () => {
    const stranger = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' });
    mkdirSync(attempt);
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const job: JobHandle = {
      scheduler: 'direct',
      host: 'local',
      folder: attempt,
      id: String(stranger.pid),
      processStartTicks: '1',
      bootId,
    };
    const exit = await scheduler.wait(job, limits, silent, never);
    expect(exit.how).to.equal('vanished');
    await scheduler.kill(job, 1_000);
    expect(stranger.exitCode === null && stranger.signalCode === null && isRunning(stranger.pid ?? 0)).to.equal(true);
    stranger.kill('SIGKILL');
  });

  it('a job from before a restart of the machine has vanished unless it left its exit code', async () => {
    const job = await submit(['sleep', '60']);
    const earlier = { ...job, bootId: '00000000-0000-4000-8000-000000000000' };
    const next = new DirectScheduler(new LocalHost(), new SystemClock(), { pollMs: 5_000 });
    expect((await next.wait(earlier, limits, silent, never)).how).to.equal('vanished');
    writeFileSync(file('exit.code'), '0\n');
    expect(await next.wait(earlier, limits, silent, never)).to.deep.equal({ how: 'exited', code: 0 });
  });

  const STUBBORN = `process.on('SIGTERM', () => {});
    const { spawn } = require('child_process'); const { writeFileSync } = require('fs');
    const child = spawn(process.execPath, ['-e', "process.on('SIGTERM', () => {}); require('fs').writeFileSync('child', String(process.pid)); setInterval(() => {}, 1000)"], { stdio: 'ignore' });
    writeFileSync('parent', String(process.pid));`;

  it('kills the whole group, also members that ignore SIGTERM', async () => {
    const job = await submit(node(`${STUBBORN} setInterval(() => {}, 1000)`));
    const pids = [await pidIn('parent'), await pidIn('child')];
    await scheduler.kill(job, 200);
    expect(pids.map(isRunning)).to.deep.equal([false, false]);
  });

  it('kills a member that was left without parent and leader, and the next service does too', async () => {
    const job = await submitAndDie(node(`${STUBBORN} setInterval(() => {}, 1000)`));
    const pids = [await pidIn('parent'), await pidIn('child')];
    for (const pid of [Number(job.id), pids[0] ?? 0]) process.kill(pid, 'SIGKILL');
    await until('leader and parent are gone', () => !isRunning(Number(job.id)) && !isRunning(pids[0] ?? 0));
    expect(isRunning(pids[1] ?? 0)).to.equal(true);
    await scheduler.kill(job, 100);
    expect(isRunning(pids[1] ?? 0)).to.equal(false);
  });

  it('clears away what an ended engine left running, since it would use the GPU of the next job', async () => {
    const job = await submit(
      node(
        `${STUBBORN} child.unref(); const wait = setInterval(() => { if (require('fs').existsSync('child') && require('fs').statSync('child').size > 0) process.exit(0) }, 10)`,
      ),
    );
    expect(await scheduler.wait(job, limits, silent, never)).to.deep.equal({ how: 'exited', code: 0 });
    expect(isRunning(await pidIn('child'))).to.equal(false);
  });

  it('reports an engine killed from outside as vanished', async () => {
    const job = await submit(['sleep', '60']);
    const waiting = scheduler.wait(job, limits, silent, never);
    process.kill(-Number(job.id), 'SIGKILL');
    const exit: JobExit = await waiting;
    expect(exit.how).to.equal('vanished');
  });

  it('stops a job that neither writes nor computes, and leaves a silent one that computes', async () => {
    const idle = await submit(['sleep', '60']);
    const stalled = await rejection(scheduler.wait(idle, { ...limits, stallMs: 300 }, silent, never));
    expect(stalled).to.include({ code: 'engine.stalled', severity: 'transient' });
    expect(isRunning(Number(idle.id))).to.equal(false);
    attempt = join(folder.path, 'attempt-2');
    const busy = await submit(node(`const end = Date.now() + 1200; while (Date.now() < end);`));
    expect(await scheduler.wait(busy, { ...limits, stallMs: 600 }, silent, never)).to.deep.equal({
      how: 'exited',
      code: 0,
    });
  });

  it('stops a job at its time limit, which counts from its start and not from the restart of the service', async () => {
    const job = await submitAndDie(node(`setInterval(() => console.log('still here'), 50)`));
    const early = { ...limits, timeoutMs: 60_000 };
    const stop = new AbortController();
    const waiting = rejection(
      scheduler.wait(
        job,
        early,
        {
          onLine: () => {
            stop.abort(new Error('enough'));
          },
        },
        stop.signal,
      ),
    );
    expect(await waiting).to.have.property('message', 'enough');
    const text = readFileSync(file('job.json'), 'utf8');
    const intent = JSON.parse(text) as { startedAt: number };
    writeFileSync(file('job.json'), JSON.stringify({ ...intent, startedAt: intent.startedAt - 61_000 }));
    const failure = await rejection(scheduler.wait(job, early, silent, never));
    expect(failure).to.include({ code: 'engine.timeout', severity: 'transient' });
    expect(isRunning(Number(job.id))).to.equal(false);
  });

  it('tells an operator that there is no such program, and that the folder is not ours to write', async () => {
    const job = await submit([join(folder.path, 'no-such-engine')]);
    expect(await scheduler.wait(job, limits, silent, never)).to.deep.equal({ how: 'exited', code: 127 });
    writeFileSync(join(folder.path, 'a-file'), '');
    attempt = join(folder.path, 'a-file', 'attempt-1');
    expect(await rejection(submit(['true']))).to.be.instanceOf(CaseError);
  });
});
