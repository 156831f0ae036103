import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as passing } from 'node:timers/promises';
import { seededRandom } from '../../../src/adapters/dicom/writing/synthetic/seeded-random.js';
import { buildContainer } from '../../../src/container.js';
import type { Beam } from '../../../src/domain/beam.js';
import { CaseQueries } from '../../../src/ports/case-queries.js';
import { Database } from '../../../src/ports/database.js';
import { Logger } from '../../../src/ports/logger.js';
import { until } from '../../until.js';
import { audit } from './audit.js';
import type { Cluster } from './cluster.js';
import { engineProcesses } from './engine-processes.js';
import { FaultRoot } from './fault-root.js';
import type { MadeInputs } from './made-inputs.js';
import { bringToEnd } from './random-kills.js';

export interface ClusterKillsOptions {
  readonly kills: number;
  readonly seed: number;
}

export interface ClusterKillsResult {
  readonly kills: number;
  readonly beams: number;
  readonly attempts: number;
  readonly engineRuns: number;
  /** Most jobs that ran at once when somebody was killed. */
  readonly running: { readonly slurm: number; readonly ssh: number };
  readonly losses: readonly string[];
  readonly duplicates: readonly string[];
  readonly wrongs: readonly string[];
}

const BEAMS = 2;
/** All GPUs may be kept by jobs that a controller took up again though they are over (30 s), or never began (90 s). */
const SUBMITTED_WITHIN_MS = 240_000;
/** A service lives so long, from the start of its process; it follows its jobs again after some 0.8 s. */
const LIFE_MS = [300, 2_800] as const;
const between = ([from, to]: readonly [number, number], random: () => number): number => from + random() * (to - from);

/** Beams with their jobs as the database has them, and how many cases are held. */
async function lookInto(root: FaultRoot): Promise<{ readonly beams: readonly Beam[]; readonly held: number }> {
  const container = buildContainer(root.settings);
  const database = container.get(Database);
  await database.open();
  try {
    const queries = container.get(CaseQueries);
    const rows = await queries.list({});
    const records = await Promise.all(rows.map(({ kase }) => queries.record(kase.id)));
    const held = rows.filter(({ kase }) => kase.heldBecause !== null).length;
    return { beams: records.flatMap((record) => record?.beams ?? []), held };
  } finally {
    await database.close();
    await container.get(Logger).close();
  }
}

const jobsIn = (beams: readonly Beam[]): string =>
  beams.map(({ id, attempt, job }) => JSON.stringify([id, attempt, job])).join('\n');

async function result(
  root: FaultRoot,
  folders: readonly string[],
  facts: Pick<ClusterKillsResult, 'kills' | 'running'> & { readonly wrongs: readonly string[] },
): Promise<ClusterKillsResult> {
  const { ended } = await bringToEnd(root);
  const found = await audit(root, folders, BEAMS);
  const left = engineProcesses(root.path).map(({ pid }) => `process ${String(pid)} of an engine is left`);
  return {
    ...facts,
    ...found,
    engineRuns: root.engineRuns().length,
    wrongs: [...found.wrongs, ...facts.wrongs, ...ended, ...left],
  };
}

/**
 * Kills the service again and again while four jobs of Slurm and two by SSH run, all of them the whole time. After each
 * kill the database must name the same six jobs. They end while no service is there.
 */
export async function killedWithAllRunning(
  made: MadeInputs,
  cluster: Cluster,
  { kills, seed }: ClusterKillsOptions,
): Promise<ClusterKillsResult> {
  const random = seededRandom(seed);
  const folders = ['case 1', 'case 2', 'case 3'];
  const execution = (path: string): object => cluster.both(path);
  const options = { engine: 'command', engineSeconds: 0, slots: 2, maxRetries: 0, execution } as const;
  const root = new FaultRoot({ ...options, doseFile: made.doseFile });
  try {
    root.close();
    for (const folder of folders) root.drop(made.folder, folder);
    const wrongs: string[] = [];
    let service = root.start();
    await until('six engines to run', () => root.engineRuns().length === 6, 60_000);
    await until('six jobs in the database', async () =>
      /^(.*"id".*\n?){6}$/.test(jobsIn((await lookInto(root)).beams)),
    );
    const { beams } = await lookInto(root);
    const jobs = jobsIn(beams);
    const slurm = beams.filter(({ job }) => job?.scheduler === 'slurm').length;
    for (let n = 0; n < kills; n++) {
      await passing(between(LIFE_MS, random));
      service.kill('SIGKILL');
      const { signal, output } = await service.ended;
      if (signal !== 'SIGKILL') throw new Error(`the service ended by itself: ${output}`);
      const now = await lookInto(root);
      if (jobsIn(now.beams) !== jobs) wrongs.push(`after kill ${String(n + 1)} other jobs: ${jobsIn(now.beams)}`);
      if (now.held > 0) await root.mqi(['retry', '--held']); // its step died with the service three times
      if (n < kills - 1) service = root.start();
    }
    root.open();
    return await result(root, folders, { kills, running: { slurm, ssh: 6 - slurm }, wrongs });
  } finally {
    root.remove();
  }
}

/**
 * Kills slurmctld within a second of a submission, again and again, and starts it anew: what it has not saved is lost, and
 * ids are given out again. Nodes that it takes out for that are taken back, as an administrator would.
 */
export async function killedAfterSubmit(
  made: MadeInputs,
  cluster: Cluster,
  { kills, seed }: ClusterKillsOptions,
): Promise<ClusterKillsResult> {
  const random = seededRandom(seed);
  const { slurm } = cluster;
  const execution = (): object => cluster.bySlurm();
  const root = new FaultRoot({
    engine: 'command',
    engineSeconds: 0.3,
    slots: 1,
    doseFile: made.doseFile,
    execution,
  });
  const folders: string[] = [];
  const service = root.start();
  try {
    const intents = (): number => submissions(root.path);
    for (let n = 0; n < kills; n++) {
      const before = intents();
      const folder = `case ${String(n + 1)}`;
      folders.push(folder);
      root.drop(made.folder, folder);
      const isSubmitted = async (): Promise<boolean> => {
        await slurm.repair(); // a node may be taken out long after the restart, when it tells what runs there
        return intents() > before;
      };
      await until('something to be submitted', isSubmitted, SUBMITTED_WITHIN_MS).catch(async (thrown: unknown) => {
        throw new Error(await slurm.described(), { cause: thrown });
      });
      await passing(random() * 1_000);
      await slurm.killController();
      await passing(random() * 2_000);
      await slurm.startController();
      await slurm.repair();
    }
    await untilDone(root, folders, async () => {
      await slurm.repair();
    });
    service.kill('SIGTERM');
    await service.ended;
    return await result(root, folders, { kills, running: { slurm: 1, ssh: 0 }, wrongs: [] });
  } finally {
    service.kill('SIGKILL');
    await service.ended;
    root.remove();
  }
}

/** Attempts for which sbatch was called, or is about to be. */
function submissions(rootPath: string): number {
  const work = join(rootPath, 'work');
  if (!existsSync(work)) return 0;
  return readdirSync(work, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('/job.json')).length;
}

async function untilDone(root: FaultRoot, folders: readonly string[], meanwhile: () => Promise<void>): Promise<void> {
  const isDone = (name: string): boolean => existsSync(join(root.path, 'outbox', name, 'receipt.json'));
  const endAt = performance.now() + 300_000;
  while (!folders.every(isDone)) {
    await passing(500);
    if (performance.now() > endAt) throw new Error(`not done: ${folders.filter((name) => !isDone(name)).join(', ')}`);
    await meanwhile();
  }
}
