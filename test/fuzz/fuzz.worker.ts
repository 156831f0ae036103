import { parentPort, workerData } from 'node:worker_threads';
import { dicomSeeds } from './dicom-seeds.js';
import { highestMiB, MemoryWatch } from './memory.js';
import { mutate, MUTATION_NAMES } from './mutate.js';
import { Random } from './random.js';
import { readAny, slowestMs } from './read-any.js';
import type { Part } from './read-any.js';

/** Reads mutated inputs one after the other; the thread that started it sees in `at` that it goes on. */
export interface FuzzTask {
  readonly seed: number;
  readonly inputs: number;
  readonly at: Int32Array;
}

export interface FuzzReport {
  readonly inputs: number;
  readonly read: Record<Part, number>;
  readonly mutations: Record<string, number>;
  readonly slowestMs: number;
  /** The most that the process grew while one input was read. */
  readonly mostGrowthMiB: number;
  readonly rssAtStartMiB: number;
  readonly highestRssMiB: number;
  readonly failures: { readonly input: number; readonly what: string }[];
}

const MAX_FAILURES = 20;

async function fuzz({ seed, inputs, at }: FuzzTask): Promise<FuzzReport> {
  const seeds = dicomSeeds();
  const random = new Random(seed);
  const read = { header: 0, plan: 0, pixels: 0 };
  const mutations = Object.fromEntries(MUTATION_NAMES.map((name) => [name, 0]));
  const failures: FuzzReport['failures'] = [];
  const rssAtStartMiB = process.memoryUsage.rss() / 2 ** 20;
  let [slowest, mostGrowthMiB, highestRssMiB, done] = [0, 0, 0, 0];
  for (; done < inputs && failures.length < MAX_FAILURES; done++) {
    const { bytes, by } = mutate(seeds, random);
    for (const name of by) mutations[name] = (mutations[name] ?? 0) + 1;
    const memory = new MemoryWatch();
    Atomics.store(at, 0, done);
    try {
      const answers = await readAny(bytes);
      slowest = Math.max(slowest, slowestMs(answers));
      for (const part of ['header', 'plan', 'pixels'] as const) if (answers[part].outcome === 'read') read[part]++;
    } catch (thrown) {
      failures.push({ input: done, what: String(thrown) });
    }
    mostGrowthMiB = Math.max(mostGrowthMiB, memory.growthMiB());
    highestRssMiB = Math.max(highestRssMiB, highestMiB());
  }
  return { inputs: done, read, mutations, slowestMs: slowest, mostGrowthMiB, rssAtStartMiB, highestRssMiB, failures };
}

parentPort?.postMessage(await fuzz(workerData as FuzzTask));
