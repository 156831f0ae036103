import { parentPort, workerData } from 'node:worker_threads';
import { highestMiB, MemoryWatch } from './memory.js';
import { mutate } from './mutate.js';
import { Random } from './random.js';
import { readAny, slowestMs } from './subject.js';
import { subjectOf } from './subjects.js';

/** Reads mutated inputs one after the other; the thread that started it sees in `at` that it goes on. */
export interface FuzzTask {
  readonly subject: string;
  readonly seed: number;
  readonly inputs: number;
  readonly at: Int32Array;
}

export interface FuzzReport {
  readonly inputs: number;
  /** How many each reader read in spite of it. */
  readonly read: Record<string, number>;
  readonly mutations: Record<string, number>;
  readonly slowestMs: number;
  /** The most that the process grew while one input was read. */
  readonly mostGrowthMiB: number;
  readonly rssAtStartMiB: number;
  readonly highestRssMiB: number;
  readonly failures: { readonly input: number; readonly what: string }[];
}

const MAX_FAILURES = 20;

async function fuzz({ subject: name, seed, inputs, at }: FuzzTask): Promise<FuzzReport> {
  const subject = subjectOf(name);
  const seeds = subject.seeds();
  const random = new Random(seed);
  const read = zeros(Object.keys(subject.readers));
  const mutations = zeros(Object.keys(subject.mutations));
  const failures: FuzzReport['failures'] = [];
  const rssAtStartMiB = process.memoryUsage.rss() / 2 ** 20;
  let [slowest, mostGrowthMiB, highestRssMiB, done] = [0, 0, 0, 0];
  for (; done < inputs && failures.length < MAX_FAILURES; done++) {
    const { bytes, by } = mutate(seeds, random, subject.mutations);
    for (const one of by) mutations[one] = (mutations[one] ?? 0) + 1;
    const memory = new MemoryWatch();
    Atomics.store(at, 0, done);
    try {
      const answers = await readAny(subject, bytes);
      slowest = Math.max(slowest, slowestMs(answers));
      for (const [reader, { outcome }] of Object.entries(answers)) {
        if (outcome === 'read') read[reader] = (read[reader] ?? 0) + 1;
      }
    } catch (thrown) {
      failures.push({ input: done, what: String(thrown) });
    }
    mostGrowthMiB = Math.max(mostGrowthMiB, memory.growthMiB());
    highestRssMiB = Math.max(highestRssMiB, highestMiB());
  }
  return { inputs: done, read, mutations, slowestMs: slowest, mostGrowthMiB, rssAtStartMiB, highestRssMiB, failures };
}

const zeros = (names: readonly string[]): Record<string, number> => Object.fromEntries(names.map((name) => [name, 0]));

parentPort?.postMessage(await fuzz(workerData as FuzzTask));
