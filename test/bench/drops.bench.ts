import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { parseAcceptedCase } from '../../src/domain/accepted-case.js';
import { Folders } from '../../src/domain/folders.js';
import { BenchService } from './bench-service.js';
import { CopiedCase } from './copied-case.js';
import type { Manner } from './copied-case.js';

/*
 * Many cases dropped over some minutes while a third of the copies stall and start again, half of these for longer than the
 * quiet time: each is to be taken once and none early. Taken early would be: validated before its last byte was written,
 * with fewer files than it has, rejected for what had not come yet, or a second run. Each is looked for in the database and
 * in what validation wrote down. A copy that the machine itself held up for the quiet time, as no copy that goes on stalls, says
 * nothing of the service: it is told and not judged. The service is the real one, on a local inbox (events) or one on bindfs, written behind it.
 *
 * MQI_DROPS_CASES (100), MQI_DROPS_SECONDS (30), MQI_DROPS_ON (local; bindfs), MQI_DROPS_WAIT (300: the longest wait for what was
 * dropped, s). The record: 1,000 over 600 s.
 */
const CASES = Number(process.env['MQI_DROPS_CASES'] ?? 100);
const SECONDS = Number(process.env['MQI_DROPS_SECONDS'] ?? 30);
const ON_BINDFS = process.env['MQI_DROPS_ON'] === 'bindfs';
// Longer than a FUSE mount keeps what it showed of a file (1 s) and the time between two sweeps.
const QUIET_SECONDS = 3;
const COPY_MS = 4_000;
const SLOTS = 4;
const WAIT_MS = Number(process.env['MQI_DROPS_WAIT'] ?? 300) * 1000;
const ENDED = ['completed', 'rejected', 'failed', 'cancelled'];
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const passing = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Drop {
  readonly folder: string;
  readonly manner: Manner;
  readonly writtenAt: number;
  /** Whether the machine paused it for the quiet time, though it was to stall for less. */
  readonly heldUp: boolean;
}

interface Row {
  readonly id: string;
  readonly folder: string;
  readonly run: number;
  readonly state: string;
  readonly planSopInstanceUid: string;
  readonly createdAt: number;
  readonly validatedAt: number | null;
}

const RUNS = `SELECT c.id, c.folder, c.run, c.state, c.planSopInstanceUid, c.createdAt,
  (SELECT min(t.at) FROM transitions t WHERE t.caseId = c.id AND t."to" = 'validated') AS validatedAt FROM cases c`;

function rowsIn(root: string): Promise<readonly Row[]> {
  return new Promise((resolve, reject) => {
    const database = new sqlite3.Database(join(root, 'mqi.sqlite'), sqlite3.OPEN_READONLY);
    database.all<Row>(RUNS, (error, rows) => {
      database.close();
      if (error === null) resolve(rows);
      else reject(error);
    });
  });
}

const mannerOf = (n: number): Manner =>
  n % 6 === 0 ? 'stalls for three quiet times' : n % 6 === 3 ? 'stalls within the quiet time' : 'steady';

async function dropAll(kase: CopiedCase, into: string): Promise<readonly Drop[]> {
  const copies: Promise<Drop>[] = [];
  const startedAt = Date.now();
  for (let n = 1; n <= CASES; n++) {
    await passing(startedAt + (n * SECONDS * 1000) / CASES - Date.now());
    const [folder, manner] = [`case ${String(n)}`, mannerOf(n)];
    const copied = kase.copyTo(join(into, folder), n, manner, { copyMs: COPY_MS, quietMs: QUIET_SECONDS * 1000 });
    copies.push(
      copied.then(({ writtenAt, longestPauseMs }) => {
        const heldUp = manner !== 'stalls for three quiet times' && longestPauseMs >= QUIET_SECONDS * 1000;
        return { folder, manner, writtenAt, heldUp };
      }),
    );
  }
  return Promise.all(copies);
}

interface Faults {
  /** In words; null for taken once and completed. */
  readonly taking: string | null;
  /** In words, of every run of the folder; null for none. */
  readonly early: string | null;
}

/** What went wrong with a drop. Whether it was taken early is asked of every case, whatever else is wrong with it. */
function faultsOf({ folder, writtenAt }: Drop, runs: readonly Row[], folders: Folders, files: number): Faults {
  const states = runs.map(({ run, state }) => `run ${String(run)} ${state}`).join(', ');
  const once = runs.length === 1 && runs[0]?.state === 'completed';
  const early = runs.map((row) => earlyWords(row, writtenAt, folders, files)).filter((words) => words !== null);
  return {
    taking: once ? null : `${folder}: ${runs.length === 0 ? 'never taken' : states}`,
    early: early.length === 0 ? null : `${folder}: ${early.join('; ')}`,
  };
}

function earlyWords(row: Row, writtenAt: number, folders: Folders, files: number): string | null {
  const run = `run ${String(row.run)}`;
  if (row.state === 'rejected') return `${run} rejected`;
  if (row.validatedAt === null) return null;
  if (row.validatedAt < writtenAt) return `${run} validated before its last byte was written`;
  const seen = parseAcceptedCase(readFileSync(folders.inventory(row), 'utf8')).files;
  return seen === files ? null : `${run} validated with ${String(seen)} of ${String(files)} files`;
}

/** Until the newest run of every folder has ended, or the time is over: what is not done by then is told as such. */
async function untilAllEnded(root: string, limitMs: number): Promise<void> {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    const newest = new Map<string, Row>();
    for (const row of await rowsIn(root)) if (row.run > (newest.get(row.folder)?.run ?? 0)) newest.set(row.folder, row);
    const ended = [...newest.values()].filter(({ state }) => ENDED.includes(state));
    if (ended.length === CASES + 1) return;
    await passing(2_000);
  }
}

function percentiles(name: string, ms: readonly number[]): void {
  const sorted = ms.filter((one) => !Number.isNaN(one)).sort((a, b) => a - b);
  const at = (part: number): string => `${((sorted[Math.ceil(part * sorted.length) - 1] ?? NaN) / 1000).toFixed(1)} s`;
  print(
    `${name} (${String(sorted.length)} of ${String(ms.length)} accepted): median ${at(0.5)}, 95 % ${at(0.95)}, 99 % ${at(0.99)}, longest ${at(1)}`,
  );
}

function report(all: readonly Drop[], rows: readonly Row[], folders: Folders, files: number): void {
  const drops = all.filter(({ heldUp }) => !heldUp);
  if (drops.length < all.length) print(`held up by the machine, not judged: ${String(all.length - drops.length)}`);
  const faults = drops.map((drop) => {
    const own = rows.filter(({ folder }) => folder === drop.folder);
    return faultsOf(drop, own, folders, files);
  });
  const [taking, early] = (['taking', 'early'] as const).map((kind) => faults.flatMap((one) => one[kind] ?? []));
  const of = ` of ${String(drops.length)} cases`;
  print(`taken once and completed: ${String(drops.length - taking!.length)}${of} (wanted: all)`);
  print(`taken early in any run: ${String(early!.length)}${of} (wanted: 0)`);
  for (const one of [...taking!, ...early!]) print(one);
  print(
    `load over the last 1, 5 and 15 min: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')}`,
  );
  const byFolder = new Map(rows.map((row) => [row.folder, row]));
  print(`from the last byte to the accepted case, ${String(QUIET_SECONDS)} s quiet time included:`);
  for (const manner of ['steady', 'stalls within the quiet time', 'stalls for three quiet times'] as const) {
    const own = drops.filter((drop) => drop.manner === manner);
    percentiles(
      manner,
      own.map(({ folder, writtenAt }) => (byFolder.get(folder)?.validatedAt ?? NaN) - writtenAt),
    );
  }
  // Where the machine stood still all the time nothing was measured.
  process.exitCode = taking!.length + early!.length === 0 && drops.length >= all.length / 2 ? 0 : 1;
}

const service = new BenchService({
  quietSeconds: QUIET_SECONDS,
  engineSeconds: 0.02,
  slots: SLOTS,
  // As a site that always plans on a CT has it: a plan alone then waits for its CT.
  more: { geometry: { kind: 'ct' } },
  intake: { pollSeconds: 1, ...(ON_BINDFS ? { inbox: 'share' } : {}) },
});
const into = join(service.root, ON_BINDFS ? 'server' : 'inbox');
const share = join(service.root, 'share');
try {
  if (ON_BINDFS) {
    mkdirSync(into);
    mkdirSync(share);
    execFileSync('bindfs', [into, share], { stdio: 'pipe' });
  }
  await service.start();
  const made = service.makeCase('made', 1, []);
  execFileSync('cp', ['-r', made, join(into, 'warm-up')]);
  await service.untilAllCompleted(1, 60_000);
  const planUid = (await rowsIn(service.root))[0]?.planSopInstanceUid ?? '';
  const kase = new CopiedCase(made, planUid);
  print(
    `${String(CASES)} cases of ${String(kase.files)} files over ${String(SECONDS)} s, ${ON_BINDFS ? 'bindfs' : 'local'}`,
  );
  const drops = await dropAll(kase, into);
  await untilAllEnded(service.root, WAIT_MS);
  const folders = new Folders(service.root, into);
  report(drops, await rowsIn(service.root), folders, kase.files);
} finally {
  if (ON_BINDFS) execFileSync('umount', ['--lazy', share], { stdio: 'pipe' });
  await service.stop();
}
