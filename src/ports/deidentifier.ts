import { Token } from 'typedi';
import type { Dates } from '../domain/pseudonym.js';

/** Whom and what an RT Dose of ours names; patient data: never logged. */
export interface DoseIdentity {
  /** What tells one patient from another: patient ID, else name, else study. */
  readonly patient: string;
  /** UIDs of instance, study, series, frame of reference and plan, each once. */
  readonly uids: readonly string[];
}

export interface Replacements {
  /** In place of patient name and ID. */
  readonly pseudonym: string;
  /** Of each UID of the identity. */
  readonly uids: ReadonlyMap<string, string>;
  readonly dates: Dates;
  readonly keepSex: boolean;
}

/** Makes RT Dose that names nobody (docs/uploads.md, "De-identified"). */
export interface Deidentifier {
  /** @throws permanent `dose.damaged` for what is no RT Dose of ours */
  identityOf(path: string): Promise<DoseIdentity>;
  /**
   * Writes the object anew as `target`, which appears whole. The same object and replacements give the same bytes.
   * @throws permanent `dose.damaged`; bug `deidentify.unmapped` for a UID without replacement
   */
  write(
    path: string,
    target: string,
    replacements: Replacements,
  ): Promise<{ readonly sopInstanceUid: string; readonly sha256: string; readonly bytes: number }>;
}
export const Deidentifier = new Token<Deidentifier>('Deidentifier');
