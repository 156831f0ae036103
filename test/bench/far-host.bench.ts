import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalHost } from '../../src/adapters/hosts/local-host.js';
import { SshHost } from '../../src/adapters/hosts/ssh/ssh-host.js';
import { DirectScheduler } from '../../src/adapters/schedulers/direct-scheduler.js';
import { StagedScheduler } from '../../src/adapters/schedulers/staged-scheduler.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { HostPaths } from '../../src/domain/host-paths.js';
import type { Scheduler } from '../../src/ports/scheduler.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { SshServer } from '../mounts/ssh-server.js';
import { median } from './bench-service.js';

/*
 * Jobs one after the other on a host reached by SSH (sshd on this machine), against this machine: the gap from a job's end,
 * by its own clock, to the start of the next one, which includes bringing its input there; its result is brought back
 * meanwhile, as by the slots. Then CT for a second beam of the same case, and for a case whose CT was brought while its first
 * beam was next in line. FAR_CT_MB: its size, 500 by default.
 */
const JOBS = 20;
const CT_MB = Number(process.env['FAR_CT_MB'] ?? 500);
const SLICES = 50;
const LIMITS = { timeoutMs: 600_000, stallMs: 600_000 };
const never = new AbortController().signal;

/** Notes when it starts, reads its input, writes a result of 1 MB, and says when it ends. */
const JOB = 'date +%s%N; cat in.txt > /dev/null; sleep 0.05; head -c 1000000 /dev/zero > dose.raw; date +%s%N';

const place = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const root = join(place, 'root');
const server = new SshServer(join(place, 'sshd'));
const clock = new SystemClock();
let calls = 0;

/** Counts the calls of ports that go to the other machine. */
function counted<T extends object>(real: T): T {
  return new Proxy(real, {
    get: (_, key): unknown => {
      const value: unknown = Reflect.get(real, key);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        calls += 1;
        return Reflect.apply(value, real, args);
      };
    },
  });
}

/** Milliseconds from each job's end to the start of the next. */
async function gaps(scheduler: Scheduler, name: string): Promise<readonly number[]> {
  const runs: Promise<readonly number[]>[] = [];
  for (let n = 0; n < JOBS; n++) {
    const folder = join(root, name, String(n));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'in.txt'), `${name} ${String(n)}`);
    const job = await scheduler.submit({ folder, argv: ['sh', '-c', JOB], env: {}, gpuUuids: [] });
    const times: number[] = [];
    const onLine = (line: string): unknown => times.push(Number(BigInt(line) / 1000n) / 1000);
    await new Promise<void>((onOver, failed) => {
      const observer = { onLine, onOver };
      const run = scheduler.wait(job, LIMITS, observer, never).then(() => times);
      run.catch(failed);
      runs.push(run);
    });
  }
  const all = await Promise.all(runs);
  return all.slice(1).map(([start = NaN], i) => start - (all[i]?.[1] ?? NaN));
}

const words = (all: readonly number[]): string =>
  `median ${median([...all]).toFixed(0)} ms, largest ${Math.max(...all).toFixed(0)} ms`;

let host: SshHost | null = null;
try {
  await server.start();
  host = new SshHost({ name: 'far', ...server.reach }, clock);
  const paths = new HostPaths({ root, workDir: join(place, 'far'), sharedFolder: null, installed: [] });
  const direct = new DirectScheduler(counted(host), clock, { pollMs: 5_000 });
  const options = { paths, keepDays: 7 };
  const far = new StagedScheduler(direct, counted(host.files), clock, new FakeLogger(), options);
  await gaps(far, 'warm-up');
  calls = 0;
  const there = await gaps(far, 'there');
  const each = calls / JOBS;
  const here = await gaps(new DirectScheduler(new LocalHost('local'), clock, { pollMs: 5_000 }), 'here');
  process.stdout.write(
    `gap between two jobs over SSH: ${words(there)} (wanted: median under 400); here: ${words(here)}; ` +
      `ratio ${(median([...there]) / median([...here])).toFixed(1)}; ${each.toFixed(1)} calls for each job\n`,
  );

  const someCt = (name: string): readonly string[] => {
    const ct = Array.from({ length: SLICES }, (_, i) => join(root, name, `${String(i)}.dcm`));
    mkdirSync(join(root, name), { recursive: true });
    for (const path of ct) writeFileSync(path, randomBytes((CT_MB * 1e6) / SLICES));
    return ct;
  };
  const [ct, ahead] = [someCt('ct'), someCt('ct-ahead')];
  const startMs = clock.monotonicMs();
  await far.bringAhead('far', ahead, never);
  const tookS = (clock.monotonicMs() - startMs) / 1000;
  process.stdout.write(`${String(CT_MB)} MB of CT brought ahead in ${tookS.toFixed(2)} s, while no place waits\n`);
  for (const [beam, inputs] of [
    ['first', ct],
    ['second', ct],
    ['first (brought ahead)', ahead],
  ] as const) {
    const sent = far.staging.sentBytes;
    const fromMs = clock.monotonicMs();
    const folder = join(root, `beam-${beam}`);
    const job = await far.submit({ folder, argv: ['true'], inputs, env: {}, gpuUuids: [] });
    const seconds = (clock.monotonicMs() - fromMs) / 1000;
    await far.wait(job, LIMITS, { onLine: () => undefined }, never);
    process.stdout.write(
      `${String(CT_MB)} MB of CT for the ${beam} beam: ${String(far.staging.sentBytes - sent)} bytes sent in ` +
        `${seconds.toFixed(2)} s${beam === 'first' ? '' : ' (wanted: 0 bytes)'}\n`,
    );
  }
} finally {
  host?.close();
  await server.stop();
  rmSync(place, { recursive: true, force: true });
}
