import type { ProgressReader } from '../../ports/engine.js';
import { boundedSearch, TOO_SLOW } from './bounded-search.js';

/** Lines that tell progress are short; of longer ones the beginning is looked at. */
const MOST_OF_A_LINE = 2_000;
/** So many lines of one turn of the event loop are looked at each by itself, so that each is told at once. */
const SINGLY = 20;
/** Further ones of that turn together: a program that prints without end costs no more than it must. */
const TOGETHER = 2_000;
/** Far more than any of these takes. */
const LIMIT_MS = 300;
/** A busy machine may make even a good one late, once. */
const LATE_TWICE = 2;

/**
 * Percent by a pattern with the named groups done and total; a line may give one of them, the other is the last given.
 * Where many lines come at once, what the last of them say may be told with the line after. A pattern that takes too long
 * is given up: from then on nothing is told, and the job goes on (`mqi doctor` says that nothing is told).
 */
export function patternProgress(pattern: string): ProgressReader {
  let [done, total] = [0, 0];
  let [held, inTurn]: [string[], number] = [[], 0];
  let percent: number | null = null;
  let late = 0;
  const look = (): void => {
    const hits = boundedSearch([pattern], held, LIMIT_MS);
    held = [];
    if (hits === TOO_SLOW) {
      late += 1;
      return;
    }
    for (const { groups } of hits) {
      done = numberOf(groups['done']) ?? done;
      total = numberOf(groups['total']) ?? total;
      const now = (100 * done) / total;
      if (now >= 0 && now <= 100) percent = now;
    }
  };
  return (line) => {
    if (late === LATE_TWICE) return null;
    if (inTurn === 0) {
      setImmediate(() => {
        inTurn = 0;
        if (held.length > 0) look();
      });
    }
    held.push(line.slice(0, MOST_OF_A_LINE));
    if (++inTurn <= SINGLY || held.length >= TOGETHER) look();
    const told = percent;
    percent = null;
    return told;
  };
}

function numberOf(text: string | undefined): number | null {
  const value = text === undefined || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
