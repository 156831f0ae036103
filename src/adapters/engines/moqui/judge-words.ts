import { operator, permanent, transient, type CaseError } from '../../../domain/errors.js';
import type { JobExit } from '../../../ports/scheduler.js';
import { eachLogLine } from '../engine-log.js';
import { shownText } from '../../../domain/shown-text.js';
import type { SaidReading } from './judge-reading.js';
import { judgeExit } from '../judge-exit.js';

/** What of the program's output says of the run's end. */
export interface EngineWords extends SaidReading {
  readonly busy: boolean;
  /** What of its own the job may not write, as tried before the program began. */
  readonly unwritable: string | null;
  /** Text that goes with wrong dose, whatever the exit code. */
  readonly misread: string | null;
  readonly fatal: string | null;
  /** What an exception, an assertion or CUDA said before it ended the program. */
  readonly what: string | null;
  /** What the program says of its version: dialect log does. */
  readonly version: string | null;
}

/** How the job says, before it starts the program, that it may not write what the program will (moqui-engine.ts). */
export const UNWRITABLE = 'mqi: the job may not write';
const SAID_UNWRITABLE = new RegExp(`^${UNWRITABLE} (\\S+)$`);
/** The program's own words, and CUDA's of a device that another process has for itself. */
const BUSY = ['No free GPU remains', 'CUDA-capable device(s) is/are busy or unavailable'] as const;
const MISREAD = ['out-of-bound', 'Incomplete Pixel Data'] as const;
const FATAL = ['FATAL ERROR', 'Segmentation fault'] as const;
/**
 * Its last words before it ends, of which the first is the reason: of an exception; of CUDA (memory that is not there, a driver
 * that is too old); of an assertion, here or on the GPU, with its place in the source; of its own look at each proton's
 * way; and of the C library, which finds its memory in disorder.
 */
const LAST_WORDS = [
  /^\s*what\(\):\s*(?<words>.+)/,
  /^\s*(?<words>(?:CUDA error|GPUassert)\b.+)/,
  /(?:^|[\s/])(?<place>[^\s/]+:\d+): .*(?<words>\bAssertion\b.+\bfailed\b)/, // between: a function, a thread of the GPU
  /^(?<words>There is (?:nan|all-zeros) in track direction|rho mass .+ cs_sum .+)/,
  /^(?<words>(?:free|malloc|realloc|munmap_chunk)\(\): .+|double free or corruption.*|corrupted size vs.*|\*\*\* stack smashing detected.*)/,
] as const;
/** Of these, what says nothing of the input: there may be memory the next time, and another GPU. */
const OF_THE_MACHINE = /\bcuda|GPUassert|bad_alloc|allocat|out of memory/i;
/** Signals by which a program ends itself over what it was given: SIGABRT, SIGFPE, SIGSEGV, as exit codes. */
const BY_ITSELF: ReadonlySet<number> = new Set([134, 136, 139]);
const VERSION = /^Version : (\S.*)/;
const SPOTS = /^(?:beamlets|Total beamlets \(Spots\) :) (\d+)$/;
const HISTORIES = /^(?:histories|Total histories \(Particles\) :) (\d+)$/;

/**
 * What exit code and output together say is wrong; null if neither does, which proves nothing yet.
 * A GPU that another holds is no fault of the beam; what was misread gives wrong dose with exit 0.
 */
export function judgeWords(words: EngineWords, exit: JobExit): CaseError | null {
  if (words.busy) {
    return transient('gpu.busy', 'the engine found its GPU held by another process', {
      remedy: 'nothing to do: it is tried again; mqi gpus shows who holds it',
    });
  }
  if (words.unwritable !== null) {
    return operator('engine.unwritable', `the job may not write ${shownText(words.unwritable)} in its own folder`, {
      remedy:
        'let the account and node that run it write below the root, or workDir of its host (owner, group, read-only mount), then: mqi resume ID',
    });
  }
  if (words.misread !== null) {
    return permanent('engine.bad-dose', `the engine misread its input: its output holds "${words.misread}"`, {
      remedy: 'its own words: mqi logs ID --engine',
    });
  }
  const failure = judgeExit(exit);
  if (failure !== null) return withWords(failure, words, exit);
  if (words.fatal === null) return null;
  return transient('engine.crashed', `the engine ended with exit code 0 but wrote "${words.fatal}"`, {
    remedy: 'its own words: mqi logs ID --engine',
  });
}

/**
 * The reason stands in the output: of an abort (134) mostly an error of input, which its own words name. Input and seed of a
 * beam are the same in every attempt, so what comes of them comes again.
 */
function withWords(failure: CaseError, { what }: EngineWords, exit: JobExit): CaseError {
  if (exit.how !== 'exited' || failure.code !== 'engine.crashed') return failure;
  const repeats = what === null ? BY_ITSELF.has(exit.code) : !OF_THE_MACHINE.test(what);
  const message = what === null ? failure.message : `${failure.message}: ${shownText(what)}`;
  return transient(failure.code, message, { remedy: failure.remedy, repeats });
}

export async function wordsIn(folder: string): Promise<EngineWords> {
  const found: { -readonly [K in keyof EngineWords]: EngineWords[K] } = {
    busy: false,
    unwritable: null,
    misread: null,
    fatal: null,
    what: null,
    version: null,
    spots: null,
    histories: null,
  };
  await eachLogLine(folder, (line) => {
    found.busy ||= BUSY.some((text) => line.includes(text));
    found.unwritable ??= first(SAID_UNWRITABLE, line);
    found.misread ??= oneIn(line, MISREAD);
    found.fatal ??= oneIn(line, FATAL);
    found.what ??= reason(line);
    found.version ??= first(VERSION, line);
    found.spots ??= number(SPOTS, line);
    found.histories ??= number(HISTORIES, line);
  });
  return found;
}

const oneIn = (line: string, texts: readonly string[]): string | null =>
  texts.find((text) => line.includes(text)) ?? null;

function reason(line: string): string | null {
  for (const pattern of LAST_WORDS) {
    const { words, place } = pattern.exec(line)?.groups ?? {};
    if (words !== undefined) return place === undefined ? words : `${place}: ${words}`;
  }
  return null;
}

const first = (pattern: RegExp, line: string): string | null => pattern.exec(line)?.[1] ?? null;

function number(pattern: RegExp, line: string): number | null {
  const digits = first(pattern, line);
  return digits === null ? null : Number(digits);
}
