import { createContext, Script } from 'node:vm';

/*
 * Regular expressions of a user's, on text of a program's: some take, on some lines, longer than anybody lives ("(a+)+$"),
 * and while one of them is at work nothing else of the service is. So they run where they can be stopped: V8 ends a script
 * that has a time limit, within an expression too. A call with a limit costs some 0.1 ms, whatever it does: many lines go
 * into one.
 */

/** A line that a pattern matches: which of the patterns, and its named groups. */
export interface Hit {
  readonly pattern: number;
  readonly line: string;
  readonly groups: Readonly<Record<string, string | undefined>>;
}

/** The patterns could not be applied to these lines within the limit. */
export const TOO_SLOW = 'too slow';

/** One for all: a context of its own takes half a megabyte. Nothing is left in it but the compiled expressions. */
const place: { sources: readonly string[]; lines: readonly string[] } & object = createContext({
  sources: [],
  lines: [],
  compiled: new Map(),
}) as { sources: readonly string[]; lines: readonly string[] };

const SEARCH = new Script(`((sources, lines) => {
  const expressions = sources.map((source) => {
    if (!compiled.has(source)) compiled.set(source, new RegExp(source));
    return compiled.get(source);
  });
  const hits = [];
  for (const line of lines) {
    for (let pattern = 0; pattern < expressions.length; pattern++) {
      const found = expressions[pattern].exec(line);
      if (found !== null) hits.push([pattern, line, Object.entries(found.groups ?? {})]);
    }
  }
  return hits;
})(sources, lines)`);

/** Which lines match which patterns, in order. @param limitMs on the clock of the wall, at least 1 */
export function boundedSearch(
  patterns: readonly string[],
  lines: readonly string[],
  limitMs: number,
): readonly Hit[] | typeof TOO_SLOW {
  place.sources = patterns;
  place.lines = lines;
  try {
    const hits = SEARCH.runInContext(place, { timeout: limitMs }) as readonly [
      number,
      string,
      [string, string | undefined][],
    ][];
    return hits.map(([pattern, line, groups]) => ({
      pattern,
      line,
      groups: Object.fromEntries<string | undefined>(groups),
    }));
  } catch (thrown) {
    // Made in the other context: an Error of that one, not of ours.
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return TOO_SLOW;
    throw thrown;
  } finally {
    place.lines = [];
  }
}
