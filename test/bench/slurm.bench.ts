import { setMaxListeners } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { LocalHost } from '../../src/adapters/hosts/local-host.js';
import { SlurmScheduler } from '../../src/adapters/schedulers/slurm/slurm-scheduler.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import type { JobHandle } from '../../src/domain/beam.js';
import type { Scheduler } from '../../src/ports/scheduler.js';
import { leastOf } from '../loop-blocks.js';
import { PrivateSlurm } from '../slurm/private-slurm.js';
import { FakeAvoidedNodes } from '../fakes/fake-avoided-nodes.js';

/*
 * A real Slurm with a long queue: how long so many submissions take; how soon after a job's exit code is there its end is
 * noticed, while all the others are followed too; how many calls of squeue that cost. MQI_SLURM_JOBS: how many (300).
 */
const JOBS = Number(process.env['MQI_SLURM_JOBS'] ?? 300);
const SHORT = 6;
const AT_ONCE = 4;
/** From a job's exit code until its end is noticed. */
const NOTICED_MS = 2_000;
const limits = { timeoutMs: 3_600_000, stallMs: 3_600_000 };

const place = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const slurm = new PrivateSlurm();
await slurm.start();
const host = new LocalHost();
const clock = new SystemClock();
const queued = new SlurmScheduler(host, clock, slurm.options({ extra: ['--begin=now+1hour'] }), new FakeAvoidedNodes());
const short = new SlurmScheduler(host, clock, slurm.options(), new FakeAvoidedNodes());
/** As on a cluster's file system: what nodes write makes no events here. */
class HostWithoutEvents extends LocalHost {
  override folderChanged(_folder: string, maxMs: number, signal: AbortSignal): Promise<void> {
    return clock.sleep(maxMs, signal);
  }
}
const unheard = new SlurmScheduler(new HostWithoutEvents(), clock, slurm.options(), new FakeAvoidedNodes());
const letGo = new AbortController();
setMaxListeners(0, letGo.signal);

const submit = (scheduler: Scheduler, name: string): Promise<JobHandle> =>
  scheduler.submit({ folder: join(place, name), argv: ['sleep', '1'], env: {}, gpuUuids: [] });
const silent = { onLine: (): void => undefined };

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** From the exit code of a job to the end of the wait for it, the worst of several, ms; measured again where a pause came between. */
const ends = (scheduler: Scheduler, name: string, what: string): Promise<number> =>
  leastOf(NOTICED_MS, (turn) => endsOnce(scheduler, `${name}-${String(turn)}`, what));

async function endsOnce(scheduler: Scheduler, name: string, what: string): Promise<number> {
  const noticed: number[] = [];
  for (let i = 0; i < SHORT; i++) {
    const job = await submit(scheduler, `${name}-${String(i)}`);
    const exit = await scheduler.wait(job, limits, silent, letGo.signal);
    if (exit.how !== 'exited' || exit.code !== 0) throw new Error(`a job failed: ${JSON.stringify(exit)}`);
    noticed.push(Date.now() - statSync(join(job.folder, 'exit.code')).mtimeMs);
  }
  noticed.sort((a, b) => a - b);
  const worst = noticed.at(-1) ?? 0;
  const median = noticed[Math.floor(noticed.length / 2)] ?? 0;
  say(`${what}: median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms (limit ${String(NOTICED_MS)})`);
  return worst;
}

try {
  const fromMs = performance.now();
  const some = pLimit(AT_ONCE);
  const names = Array.from({ length: JOBS }, (_, i) => `queued-${String(i)}`);
  const jobs = await Promise.all(names.map((name) => some(() => submit(queued, name))));
  const submitS = (performance.now() - fromMs) / 1000;
  say(`${String(JOBS)} jobs submitted in ${submitS.toFixed(1)} s, ${(JOBS / submitS).toFixed(0)} a second`);

  const before = queued.client.squeues;
  const followedFromMs = performance.now();
  const followed = jobs.map((job) => queued.wait(job, limits, silent, letGo.signal).catch(() => undefined));
  const heard = await ends(short, 'heard', `end noticed with ${String(JOBS)} queued, this machine's files`);
  const seen = await ends(unheard, 'seen', 'the same where files make no events');
  const seconds = (performance.now() - followedFromMs) / 1000;
  const calls = queued.client.squeues - before;
  letGo.abort();
  await Promise.all(followed);
  say(`${String(calls)} calls of squeue for all ${String(JOBS)} in ${seconds.toFixed(0)} s`);
  // Never more than one a second, however many jobs are followed.
  if (Math.max(heard, seen) > NOTICED_MS || calls > seconds + 2 || submitS > JOBS * 0.06 * 4) process.exitCode = 1;
} finally {
  letGo.abort();
  await slurm.stop();
  rmSync(place, { recursive: true, force: true });
}
