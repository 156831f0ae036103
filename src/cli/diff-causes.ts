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
  const [first, second] = [one?.dropped ?? null, other?.dropped ?? null];
  const [basis, itsBasis] = [one?.bases.at(-1), other?.bases.at(-1)];
  return {
    inputs: first === null || second === null ? null : inputChanges(first, second, WHEN),
    settings: basis === undefined || itsBasis === undefined ? null : basisChanges(basis, itsBasis, WHEN),
  };
}

/** Lines below the table. */
export const causeLines = ({ inputs, settings }: Causes): string =>
  [...partLines('input', inputs), ...partLines('settings', settings)].map((line) => `${line}\n`).join('');

function partLines(part: string, changes: readonly string[] | null): readonly string[] {
  if (changes === null) return [`${part}: not known of both runs (record.json)`];
  return changes.length === 0 ? [`${part}: the same`] : changes.map((change) => `${part}: ${change}`);
}
