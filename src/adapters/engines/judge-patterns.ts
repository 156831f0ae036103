import { operator, transient, type CaseError } from '../../domain/errors.js';
import { shownText } from '../../domain/shown-text.js';
import { boundedSearch, TOO_SLOW, type Hit } from './bounded-search.js';
import { logLines } from './engine-log.js';

/** engine.command.success and .failures: regular expressions for lines of output. */
interface Patterns {
  readonly success: string | null;
  readonly failures: readonly string[];
}

/** For a megabyte of output: a good pattern takes some milliseconds. */
const LIMIT_MS = 2_000;
const remedy = 'its own words: mqi logs ID --engine';

/**
 * What the configured patterns say of a run that ended by itself. A line of failure is told with a bad exit code, and where
 * the code is 0 it is the failure, whatever the dose file holds: the program says itself that it went wrong.
 * @param ended the failure that its exit means; null for exit code 0
 * @returns the failure, or null
 * @throws operator `engine.command` for a pattern that takes too long on what the engine wrote
 */
export async function judgePatterns(
  folder: string,
  ended: CaseError | null,
  { success, failures }: Patterns,
): Promise<CaseError | null> {
  if (ended !== null && ended.code !== 'engine.crashed') return ended; // it was not there, or its end was not its own
  const wanted = ended === null ? success : null;
  const { succeeded, failure } = await wordsIn(folder, wanted, failures);
  if (failure !== null) {
    const wrote = `wrote "${shownText(failure)}"`;
    return transient('engine.crashed', ended === null ? `the engine ${wrote}` : `${ended.message}; it ${wrote}`, {
      remedy,
    });
  }
  if (ended !== null || succeeded) return ended;
  return transient('engine.crashed', 'no line of the output matches engine.command.success', { remedy });
}

async function wordsIn(
  folder: string,
  success: string | null,
  failures: readonly string[],
): Promise<{ readonly succeeded: boolean; readonly failure: string | null }> {
  const patterns = [...failures, ...(success === null ? [] : [success])];
  let succeeded = success === null;
  if (patterns.length === 0) return { succeeded, failure: null };
  for await (const lines of logLines(folder)) {
    const hits = boundedSearch(patterns, lines, LIMIT_MS);
    if (hits === TOO_SLOW) throw tooSlow();
    const failure = hits.find(({ pattern }: Hit) => pattern < failures.length);
    if (failure !== undefined) return { succeeded, failure: failure.line };
    succeeded ||= hits.length > 0;
  }
  return { succeeded, failure: null };
}

const tooSlow = (): CaseError =>
  operator(
    'engine.command',
    'a pattern of engine.command takes longer than 2 s for a part of the output of the engine',
    {
      remedy:
        'write engine.command.success or .failures without a repetition inside a repetition, as in (a+)+, restart, then: mqi resume ID',
    },
  );
