import { inputChanges } from '../domain/input-file.js';
import { basisChanges, type RunRecord } from '../domain/run-record.js';

/** Why the doses of two runs may differ, by their records; null where a record does not say. */
export interface Causes {
  /** Dropped files that differ, in words; empty: all have the same content. */
  readonly inputs: readonly string[] | null;
  /** Settings, versions, programs and beam models that differ; empty: none. */
  readonly settings: readonly string[] | null;
}

const WHEN = ['in the first', 'in the second'] as const;

/** @param one null where the run has no record (yet): it is written when the doses are delivered */
export function causesOf(one: RunRecord | null, other: RunRecord | null): Causes {
  return {
    inputs: ofBoth(one?.dropped, other?.dropped, (first, second) => inputChanges(first, second, WHEN)),
    settings: ofBoth(one?.bases.at(-1), other?.bases.at(-1), (first, second) => basisChanges(first, second, WHEN)),
  };
}

type Changes = readonly string[];

function ofBoth<T>(
  one: T | null | undefined,
  other: T | null | undefined,
  changes: (one: T, other: T) => Changes,
): Changes | null {
  return (one ?? null) === null || (other ?? null) === null ? null : changes(one as T, other as T);
}

/** Lines below the table. */
export const causeLines = ({ inputs, settings }: Causes): string =>
  [...partLines('input', inputs), ...partLines('settings', settings)].map((line) => `${line}\n`).join('');

function partLines(part: string, changes: readonly string[] | null): readonly string[] {
  if (changes === null) return [`${part}: not known of both runs (record.json)`];
  return changes.length === 0 ? [`${part}: the same`] : changes.map((change) => `${part}: ${change}`);
}
