import 'reflect-metadata';
import { buildContainer } from '../../src/container.js';
import { CaseQueries } from '../../src/ports/case-queries.js';
import { Database } from '../../src/ports/database.js';
import { Logger } from '../../src/ports/logger.js';
import { engineProcesses } from '../faults/kills/engine-processes.js';
import { FaultRoot } from '../faults/kills/fault-root.js';
import { madeInputs } from '../faults/kills/made-inputs.js';
import { until } from '../until.js';

/*
 * 1,000 open cases, all waiting for 4 places on which engines run; then SIGKILL of the service. Prints, from the start of
 * the next service's process: until its first step runs (wanted: under 2 s), and until it has taken on every case again
 * (wanted: under 5 s), with no engine started a second time.
 */
const CASES = 1_000;
const PLACES = 4;

const made = await madeInputs(1);
const root = new FaultRoot({ engine: 'command', engineSeconds: 3_600, slots: PLACES, doseFile: made.doseFile });
const container = buildContainer(root.settings);
let service = root.start();
try {
  for (let i = 1; i <= CASES; i++) root.drop(made.folder, `case ${String(i)}`);
  const queries = container.get(CaseQueries);
  await until('there is a database', async () => (await root.mqi(['cases', '--json'])).code === 0, 20_000);
  await container.get(Database).open();
  const leased = async (): Promise<readonly string[]> =>
    (await queries.list({ states: ['interpreted'] })).flatMap(({ kase }) => kase.leaseOwner ?? []);
  await until('all cases wait for a place', async () => (await leased()).length === CASES, 600_000);
  await until('all places are taken', () => root.engineRuns().length === PLACES, 20_000);
  const [before] = await leased();
  service.kill('SIGKILL');
  await service.ended;

  const startedAt = performance.now();
  const taken = async (): Promise<number> => (await leased()).filter((owner) => owner !== before).length;
  service = root.start();
  await until('the first step runs', async () => (await taken()) > 0, 30_000);
  const firstMs = performance.now() - startedAt;
  await until('all cases are taken on', async () => (await taken()) === CASES, 60_000);
  const allMs = performance.now() - startedAt;
  process.stdout.write(
    `after SIGKILL with ${String(CASES)} open cases and ${String(PLACES)} running engines: first step after ` +
      `${(firstMs / 1000).toFixed(2)} s (wanted: under 2), all taken on after ${(allMs / 1000).toFixed(2)} s ` +
      `(wanted: under 5); engines started: ${String(root.engineRuns().length)} (wanted: ${String(PLACES)})\n`,
  );
} finally {
  service.kill('SIGKILL');
  await service.ended;
  await container.get(Database).close();
  await container.get(Logger).close();
  for (const { pid } of engineProcesses(root.path)) process.kill(pid, 'SIGKILL');
  root.remove();
  made.remove();
}
