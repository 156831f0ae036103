// The embedded engine, a program of its own: node main.js --input engine-input.json --output dose.mha [--threads N]
// stdout: `progress PERCENT`. stderr, on failure: one line `error CODE message`. Exit code 0 done, 2 this beam is not
// supported, 1 anything else. It reads no stdin, talks to nobody, and writes only its output (docs/pencil-beam.md).
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { permanent, toCaseError } from '../domain/errors.js';
import { ProgressLines } from './progress-lines.js';
import { runEngine, type EngineOptions } from './run-engine.js';

const EXIT_UNSUPPORTED = 2;
const EXIT_FAILED = 1;
const USAGE = 'usage: --input engine-input.json --output dose.mha [--threads N]';

// Whoever reads our output may be gone, restarted or replaced: the dose file is the result, so go on without a reader.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

try {
  const lines = new ProgressLines((line) => process.stdout.write(line));
  await runEngine(options(), (percent) => {
    lines.report(percent);
  });
} catch (thrown) {
  const error = toCaseError(thrown);
  process.stderr.write(`error ${error.code} ${error.message}\n`);
  if (error.code === 'unclassified' && thrown instanceof Error) process.stderr.write(`${thrown.stack ?? ''}\n`);
  process.exitCode = error.code === 'engine.unsupported' ? EXIT_UNSUPPORTED : EXIT_FAILED;
}

function options(): EngineOptions {
  const values = argumentsGiven();
  const threads = values.threads === undefined ? Math.min(2, availableParallelism()) : Number(values.threads);
  if (!values.input || !values.output || !Number.isInteger(threads) || threads < 1) {
    throw permanent('engine.usage', USAGE);
  }
  return { inputPath: values.input, outputPath: values.output, threads };
}

function argumentsGiven(): { input?: string; output?: string; threads?: string } {
  try {
    const text = { type: 'string' } as const;
    return parseArgs({ options: { input: text, output: text, threads: text } }).values;
  } catch (cause) {
    throw permanent('engine.usage', USAGE, { cause });
  }
}
