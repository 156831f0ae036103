import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import type { Case } from '../../src/domain/case.js';
import type { CaseStore } from '../../src/ports/case-store.js';
import { aCase } from '../builders/a-case.js';
import { realStores, sqliteOptions, type RealStores } from '../real-stores.js';

/*
 * How many transitions a second become durable: the case moved, its history row written, its attempt closed, in one
 * transaction (SQLite, WAL, synchronous NORMAL, on the disk of the temporary folder). Beside it, in the same run, what
 * the bare driver makes of the same three statements: one transaction each, and with the same number in one.
 */

const CASES = 64;
const ROUNDS = 40;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'mqi-bench-'));

interface Running {
  readonly kase: Case;
  readonly attemptId: number;
}

/** Sends a case back and forth through the store, as an operator's retry does: every commit is a full transition. */
async function move(cases: CaseStore, { kase, attemptId }: Running, at: number): Promise<Running> {
  const moved = await cases.commit(kase, {
    change: { progress: 5, leaseOwner: null, leasedUntil: null },
    at,
    transition: { event: 'retry', to: 'registered', reason: null, actor: 'service' },
    attempt: { id: attemptId, outcome: 'done', error: null },
  });
  return { kase: moved, attemptId };
}

async function measured(name: string, transitions: number, work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  const perSecond = (transitions * 1000) / (performance.now() - start);
  print(`${name}: ${perSecond.toFixed(0)} transitions/s`);
  return perSecond;
}

async function ours(stores: RealStores): Promise<{ readonly alone: number; readonly together: number }> {
  const rows = Array.from({ length: CASES }, () => aCase());
  await stores.seed({ cases: rows });
  const steps = ['validate'] as const;
  const claims = await stores.cases.claimDue({ owner: 'bench', now: Date.now(), leaseMs: 1, steps, limit: CASES });
  let running: readonly Running[] = claims;
  const round = async (): Promise<void> => {
    running = await Promise.all(running.map((each) => move(stores.cases, each, Date.now())));
  };
  await round();
  let first = running[0];
  const alone = await measured('store, one after the other', 1000, async () => {
    for (let i = 0; i < 1000 && first !== undefined; i++) first = await move(stores.cases, first, Date.now());
  });
  running = running.slice(1);
  const together = await measured(`store, ${String(running.length)} at once`, running.length * ROUNDS, async () => {
    for (let i = 0; i < ROUNDS; i++) await round();
  });
  return { alone, together };
}

/** The same statements, prepared, on the driver alone. */
async function floor(path: string): Promise<{ readonly alone: number; readonly together: number }> {
  const database = new sqlite3.Database(path);
  const run = (sql: string | sqlite3.Statement, values: readonly unknown[] = []): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (error: Error | null): void => {
        if (error === null) resolve();
        else reject(error);
      };
      if (typeof sql === 'string') database.run(sql, values, done);
      else sql.run(values, done);
    });
  await run('PRAGMA synchronous = NORMAL');
  const statements = [
    'UPDATE "cases" SET "progress" = ?, "version" = "version" + 1, "state" = ?, "updatedAt" = ? WHERE "id" = ?',
    'INSERT INTO "transitions" ("caseId", "event", "from", "to", "actor", "at") VALUES (?, ?, ?, ?, ?, ?)',
    'UPDATE "workflow_steps" SET "outcome" = ?, "finishedAt" = ? WHERE "id" = ?',
  ].map((sql) => database.prepare(sql));
  const [update, insert, close] = statements as [sqlite3.Statement, sqlite3.Statement, sqlite3.Statement];
  const id = 'c0000001';
  const transition = async (): Promise<void> => {
    await run(update, [5, 'registered', Date.now(), id]);
    await run(insert, [id, 'retry', 'registered', 'registered', 'service', Date.now()]);
    await run(close, ['done', Date.now(), 1]);
  };
  const inOne = async (count: number): Promise<void> => {
    await run('BEGIN IMMEDIATE');
    for (let i = 0; i < count; i++) await transition();
    await run('COMMIT');
  };
  const alone = await measured('bare driver, one after the other', 1000, async () => {
    for (let i = 0; i < 1000; i++) await inOne(1);
  });
  const together = await measured(
    `bare driver, ${String(CASES - 1)} in one transaction`,
    (CASES - 1) * ROUNDS,
    async () => {
      for (let i = 0; i < ROUNDS; i++) await inOne(CASES - 1);
    },
  );
  for (const statement of statements) statement.finalize();
  await new Promise((resolve) => {
    database.close(resolve);
  });
  return { alone, together };
}

const path = join(folder, 'mqi.sqlite');
const stores = realStores(sqliteOptions(path));
await stores.database.open();
const store = await ours(stores);
await stores.database.close();
const bare = await floor(path);
print(`store to bare driver: ${(store.alone / bare.alone).toFixed(2)} one after the other`);
print(`store to bare driver: ${(store.together / bare.together).toFixed(2)} together`);
rmSync(folder, { recursive: true, force: true });
