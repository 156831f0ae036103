import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { HOSTILE } from './dicom-seeds.js';
import type { FuzzReport, FuzzTask } from './fuzz.worker.js';
import { LIMIT_MIB, LIMIT_MS } from './read-any.js';
import type { Answer } from './read-any.js';

/** npm run fuzz [-- INPUTS [SEED]]: prints the tables of docs/fuzzing-record.md; ends with 1 where an input was not answered. */
const [inputs = 200_000, seed = 1] = process.argv.slice(2).map(Number);

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function fuzzInThread(): Promise<FuzzReport> {
  const at = new Int32Array(new SharedArrayBuffer(4));
  const task: FuzzTask = { seed, inputs, at };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./fuzz.worker.js', import.meta.url), { workerData: task });
    let last = -1;
    // A thread that hangs cannot say so: it is seen from here that it stays at one input.
    const watch = setInterval(() => {
      const now = Atomics.load(at, 0);
      if (now === last) reject(new Error(`input ${String(now)} of seed ${String(seed)} hangs`));
      last = now;
    }, 5 * LIMIT_MS);
    worker.on('message', resolve).on('error', reject);
    worker.on('exit', () => {
      clearInterval(watch);
      reject(new Error('the thread ended without a report'));
    });
  });
}

interface HostileAnswer extends Answer {
  readonly growthMiB: number;
}

function readHostile(folder: string, name: string): { line: string; isWithin: boolean } {
  const file = join(folder, 'input');
  const bytes = HOSTILE[name]?.() ?? Buffer.alloc(0);
  writeFileSync(file, bytes);
  const program = fileURLToPath(new URL('./one-hostile.js', import.meta.url));
  const answers = (['header', 'plan', 'pixels'] as const).map((part) => {
    const out = execFileSync(process.execPath, [program, file, part], { encoding: 'utf8', timeout: 10 * LIMIT_MS });
    return JSON.parse(out) as HostileAnswer;
  });
  const ms = Math.max(...answers.map((answer) => answer.ms));
  const growthMiB = Math.max(...answers.map((answer) => answer.growthMiB));
  const outcomes = answers.map(({ outcome }) => outcome);
  const cells = [name, (bytes.length / 1024).toFixed(0), ...outcomes, ms.toFixed(0), growthMiB.toFixed(0)];
  return { line: `| ${cells.join(' | ')} |`, isWithin: ms <= LIMIT_MS && growthMiB <= LIMIT_MIB };
}

function printReport(report: FuzzReport): void {
  const { read, mutations, failures } = report;
  print(`seed ${String(seed)}, ${String(report.inputs)} inputs, ${String(failures.length)} not answered`);
  print(`read in spite of it as header ${String(read.header)}, plan ${String(read.plan)}, CT ${String(read.pixels)}`);
  print(`slowest ${report.slowestMs.toFixed(1)} ms; most growth at one input ${report.mostGrowthMiB.toFixed(1)} MiB`);
  print(
    `process ${report.rssAtStartMiB.toFixed(0)} MiB at the start, ${report.highestRssMiB.toFixed(0)} at its highest`,
  );
  print(
    `mutations: ${Object.entries(mutations)
      .map(([name, count]) => `${name} ${String(count)}`)
      .join(', ')}`,
  );
  for (const { input, what } of failures) print(`input ${String(input)}: ${what}`);
}

const report = await fuzzInThread();
printReport(report);
const folder = mkdtempSync(join(tmpdir(), 'mqi-fuzz-'));
print('| input | KiB | header | plan | CT | ms | MiB |\n| --- | --: | --- | --- | --- | --: | --: |');
let isWithin = report.failures.length === 0 && report.slowestMs <= LIMIT_MS && report.mostGrowthMiB <= LIMIT_MIB;
for (const name of Object.keys(HOSTILE)) {
  const hostile = readHostile(folder, name);
  print(hostile.line);
  isWithin &&= hostile.isWithin;
}
rmSync(folder, { recursive: true });
print(isWithin ? 'all within the limits' : 'NOT all within the limits');
process.exitCode = isWithin ? 0 : 1;
