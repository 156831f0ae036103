import type { ProgressReader } from '../../ports/engine.js';

/** Percent by a pattern with the named groups done and total; a line may give one of them, the other is the last given. */
export function patternProgress(pattern: RegExp): ProgressReader {
  let [done, total] = [0, 0];
  return (line) => {
    const groups = pattern.exec(line)?.groups;
    if (groups === undefined) return null;
    done = numberOf(groups['done']) ?? done;
    total = numberOf(groups['total']) ?? total;
    const percent = (100 * done) / total;
    return percent >= 0 && percent <= 100 ? percent : null;
  };
}

function numberOf(text: string | undefined): number | null {
  const value = text === undefined || text.trim() === '' ? NaN : Number(text);
  return Number.isFinite(value) ? value : null;
}
