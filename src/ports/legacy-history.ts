import { Token } from 'typedi';
import type { LegacyCase } from '../domain/legacy-case.js';

/** A database of the predecessor. */
export interface LegacyHistory {
  readonly cases: readonly LegacyCase[];
  /** What was missing or unreadable in it, one line each, without patient data. */
  readonly remarks: readonly string[];
}

export interface LegacyReader {
  /**
   * Reads a copy; the file itself, and what lies beside it, is left as it is. Missing tables and columns are remarks.
   * @throws operator `legacy.unreadable` for a file that is no SQLite database
   */
  read(file: string): Promise<LegacyHistory>;
}
export const LegacyReader = new Token<LegacyReader>('LegacyReader');

/** Cases of the predecessor (table `legacy_cases`), written by `mqi import-legacy` alone. */
export interface LegacyCases {
  /** In place of what was known of them. */
  keep(cases: readonly LegacyCase[]): Promise<void>;
  /** Newest first. `search` is looked for in id and folder, without regard to case. */
  list(filter: { readonly search?: string; readonly limit?: number }): Promise<readonly LegacyCase[]>;
}
export const LegacyCases = new Token<LegacyCases>('LegacyCases');
