import 'reflect-metadata';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { walkFolder } from '../../src/adapters/watcher/folder-walk.js';
import { InboxWatcher } from '../../src/adapters/watcher/inbox-watcher.js';
import { ShareGuard } from '../../src/adapters/watcher/share-guard.js';
import { folderHash } from '../../src/workflow/folder-hash.js';
import { remembered, type IntakeFolder } from '../../src/domain/intake-folder.js';
import { found, taken, walked } from '../../src/domain/settling.js';
import { FakeIntakeMemory } from '../fakes/fake-intake-memory.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { until } from '../until.js';

/*
 * A share with 10,000 settled folders of 3 files, as a bindfs mount of a local folder into which others write behind the
 * mount: what watching costs at rest, and how soon a new folder is seen. Floor, in the same run: one plain readdir of the share
 * every pollSeconds, which no watcher without events can do without.
 */
const FOLDERS = 10_000;
const POLL_SECONDS = 5;
const QUIET_SECONDS = 1;
const REST_MS = 30_000;
const NEW_FOLDERS = 4;

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const root = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const source = join(root, 'server');
const share = join(root, 'share');
const passing = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function drop(name: string): void {
  mkdirSync(join(source, name), { recursive: true });
  for (const file of ['plan.dcm', 'ct.1.dcm', 'ct.2.dcm']) writeFileSync(join(source, name, file), 'content');
}

/** As a service that has taken everything leaves it. */
async function rememberAll(): Promise<void> {
  const rows: IntakeFolder[] = [];
  for (let i = 0; i < FOLDERS; i += 1) {
    const folder = `settled ${String(i)}`;
    const { fingerprint, activity, files, bytes, marker } = await walkFolder(source, folder, null);
    const seen = { fingerprint, activity, files, bytes, marker };
    const settling = taken(walked(found(0), seen, 0));
    rows.push(remembered({ inbox: '', folder }, { settling, offered: fingerprint }, 0));
  }
  await memory.save('', rows, []);
}

/** Percent of one core while `ms` pass. */
async function cpuPercent(ms: number): Promise<number> {
  const before = process.cpuUsage();
  await passing(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (10 * ms);
}

const seenAt = new Map<string, number>();
const hashOf = (folder: string): string => folderHash({ inbox: '', folder });
const options = { inbox: share, createInbox: false, layout: '{case}', readyMarker: null, folderHash: hashOf } as const;
const watching = { watch: 'auto', quietSeconds: QUIET_SECONDS, pollSeconds: POLL_SECONDS } as const;
const clock = new SystemClock();
const log = new FakeLogger();
const guard = new ShareGuard(
  { inbox: share, inboxMarker: null, watch: 'auto', memory: join(root, 'seen.json') },
  clock,
  log,
);
const memory = new FakeIntakeMemory();
const watcher = new InboxWatcher({ ...options, ...watching }, clock, log, guard, memory);

try {
  mkdirSync(source);
  mkdirSync(share);
  for (let i = 0; i < FOLDERS; i += 1) drop(`settled ${String(i)}`);
  execFileSync('bindfs', [source, share], { stdio: 'pipe' });
  await rememberAll();
  const startedAt = performance.now();
  await watcher.start(({ folder }) => {
    seenAt.set(folder, performance.now());
    return Promise.resolve();
  });
  const startMs = (performance.now() - startedAt).toFixed(0);
  print(`${String(FOLDERS)} folders on bindfs, mode ${watcher.state().mode}, all taken by the service before this one`);
  print(`started: ${String(watcher.state().calls)} calls, ${startMs} ms`);
  await passing(2 * POLL_SECONDS * 1000);
  const atRest = await cpuPercent(REST_MS);
  const { calls, sweepMs } = watcher.state();
  print(
    `at rest: ${atRest.toFixed(2)} % of one core (wanted: under 1); ${String(calls)} calls and ${String(sweepMs)} ms a sweep`,
  );
  const waits: number[] = [];
  for (let i = 0; i < NEW_FOLDERS; i += 1) {
    drop(`new ${String(i)}`);
    const droppedAt = performance.now();
    await until('the new folder', () => seenAt.has(`new ${String(i)}`), 60_000);
    waits.push(((seenAt.get(`new ${String(i)}`) ?? NaN) - droppedAt) / 1000 - QUIET_SECONDS);
    await passing(1_300 * i); // not in step with the sweep
  }
  const longest = Math.max(...waits);
  print(`offered again though nothing had changed: ${String(seenAt.size - NEW_FOLDERS)} (wanted: 0)`);
  const limit = 2 * POLL_SECONDS;
  print(`new folder taken, beyond its quiet time: at most ${longest.toFixed(1)} s (wanted: under ${String(limit)})`);
} finally {
  await watcher.stop();
  execFileSync('umount', ['--lazy', share], { stdio: 'pipe' });
  rmSync(root, { recursive: true, force: true });
}
