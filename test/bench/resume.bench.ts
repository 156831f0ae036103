import { join } from 'node:path';
import sqlite3 from 'sqlite3';
import { engineProcesses } from '../faults/kills/engine-processes.js';
import { FaultRoot } from '../faults/kills/fault-root.js';
import { madeInputs } from '../faults/kills/made-inputs.js';
import { endNow } from '../end-now.js';
import { until } from '../until.js';

/*
 * 1,000 open cases, all waiting for 4 places on which engines run; then SIGKILL of the service. Prints, from the start of
 * the next service's process: until its first step runs (wanted: under 2 s), and until it has taken on every case again
 * (wanted: under 5 s), with no engine started a second time.
 */
const CASES = 1_000;
const PLACES = 4;

/** One row, asked beside the service at little cost to it. */
const asked = (sql: string, ...values: readonly string[]): Promise<Readonly<Record<string, unknown>>> =>
  new Promise((resolve, reject) => {
    const database = new sqlite3.Database(join(root.path, 'mqi.sqlite'), sqlite3.OPEN_READONLY);
    database.get(sql, values, (failure, row) => {
      database.close();
      if (failure === null) resolve(row as Readonly<Record<string, unknown>>);
      else reject(failure);
    });
  });
const leased = async (notBy: string): Promise<number> => {
  const sql = `SELECT COUNT(*) AS n FROM cases WHERE state = 'interpreted' AND leaseOwner <> ?`;
  return Number((await asked(sql, notBy))['n']);
};
const anOwner = async (): Promise<string> =>
  String((await asked('SELECT leaseOwner AS owner FROM cases WHERE leaseOwner IS NOT NULL'))['owner']);

const made = await madeInputs(1);
const root = new FaultRoot({ engine: 'command', engineSeconds: 3_600, slots: PLACES, doseFile: made.doseFile });
let service = root.start();
try {
  for (let i = 1; i <= CASES; i++) root.drop(made.folder, `case ${String(i)}`);
  await until('all places are taken', () => root.engineRuns().length === PLACES, 60_000);
  await until('all cases wait for a place', async () => (await leased('')) === CASES, 600_000);
  const before = await anOwner();
  service.kill('SIGKILL');
  await service.ended;

  const startedAt = performance.now();
  service = root.start();
  await until('the first step runs', async () => (await leased(before)) > 0, 30_000);
  const firstMs = performance.now() - startedAt;
  await until('all cases are taken on', async () => (await leased(before)) === CASES, 60_000);
  const allMs = performance.now() - startedAt;
  process.stdout.write(
    `after SIGKILL with ${String(CASES)} open cases and ${String(PLACES)} running engines: first step after ` +
      `${(firstMs / 1000).toFixed(2)} s (wanted: under 2), all taken on after ${(allMs / 1000).toFixed(2)} s ` +
      `(wanted: under 5); engines started: ${String(root.engineRuns().length)} (wanted: ${String(PLACES)})\n`,
  );
} finally {
  service.kill('SIGKILL');
  await service.ended;
  for (const { pid } of engineProcesses(root.path)) endNow(pid);
  root.remove();
  made.remove();
}
