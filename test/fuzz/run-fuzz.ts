import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { FuzzReport, FuzzTask } from './fuzz.worker.js';
import { LIMIT_MS } from './subject.js';
import type { Answer } from './subject.js';
import { subjectOf, SUBJECTS } from './subjects.js';

/**
 * npm run fuzz [-- INPUTS [SEED [SUBJECT ...]]]: prints the tables of docs/fuzzing-record.md for all subjects or those named;
 * ends with 1 where an input was not answered.
 */
const [inputs = 200_000, seed = 1] = process.argv.slice(2, 4).map(Number);
const named = process.argv.slice(4);

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function fuzzInThread(subject: string): Promise<FuzzReport> {
  const at = new Int32Array(new SharedArrayBuffer(4));
  const task: FuzzTask = { subject, seed, inputs, at };
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

function readHostile(folder: string, subject: string, name: string): { line: string; isWithin: boolean } {
  const file = join(folder, 'input');
  const { hostile, readers, limitMiB } = subjectOf(subject);
  const bytes = hostile[name]?.() ?? Buffer.alloc(0);
  writeFileSync(file, bytes);
  const program = fileURLToPath(new URL('./one-hostile.js', import.meta.url));
  const answers = Object.keys(readers).map((reader) => {
    const args = [program, subject, file, reader];
    const out = execFileSync(process.execPath, args, { encoding: 'utf8', timeout: 10 * LIMIT_MS });
    return JSON.parse(out) as HostileAnswer;
  });
  const ms = Math.max(...answers.map((answer) => answer.ms));
  const growthMiB = Math.max(...answers.map((answer) => answer.growthMiB));
  const outcomes = answers.map(({ outcome }) => outcome);
  const cells = [name, (bytes.length / 1024).toFixed(0), ...outcomes, ms.toFixed(0), growthMiB.toFixed(0)];
  return { line: `| ${cells.join(' | ')} |`, isWithin: ms <= LIMIT_MS && growthMiB <= limitMiB };
}

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${name} ${String(count)}`)
    .join(', ');

function printReport(report: FuzzReport): void {
  const { read, mutations, failures } = report;
  print(`seed ${String(seed)}, ${String(report.inputs)} inputs, ${String(failures.length)} not answered`);
  print(`read in spite of it: ${counted(read)}`);
  print(`slowest ${report.slowestMs.toFixed(1)} ms; most growth at one input ${report.mostGrowthMiB.toFixed(1)} MiB`);
  print(
    `process ${report.rssAtStartMiB.toFixed(0)} MiB at the start, ${report.highestRssMiB.toFixed(0)} at its highest`,
  );
  print(`mutations: ${counted(mutations)}`);
  for (const { input, what } of failures) print(`input ${String(input)}: ${what}`);
}

async function fuzz(subject: string, folder: string): Promise<boolean> {
  print(`\n# ${subject}`);
  const report = await fuzzInThread(subject);
  printReport(report);
  const { hostile, readers, limitMiB } = subjectOf(subject);
  const columns = ['input', 'KiB', ...Object.keys(readers), 'ms', 'MiB'];
  print(`| ${columns.join(' | ')} |\n| ${columns.map(() => '---').join(' | ')} |`);
  let isWithin = report.failures.length === 0 && report.slowestMs <= LIMIT_MS && report.mostGrowthMiB <= limitMiB;
  for (const name of Object.keys(hostile)) {
    const answer = readHostile(folder, subject, name);
    print(answer.line);
    isWithin &&= answer.isWithin;
  }
  return isWithin;
}

const folder = mkdtempSync(join(tmpdir(), 'mqi-fuzz-'));
let isWithin = true;
for (const subject of named.length > 0 ? named : Object.keys(SUBJECTS)) {
  isWithin = (await fuzz(subject, folder)) && isWithin;
}
rmSync(folder, { recursive: true });
print(isWithin ? 'all within the limits' : 'NOT all within the limits');
process.exitCode = isWithin ? 0 : 1;
