import type { EpochMs } from './time.js';

export type CaseFileKind = 'dose' | 'input' | 'report' | 'log';

/** A file of a case that people may want to have. */
export interface CaseFile {
  /** Says nothing of where the file is, and cannot be made up into one that is not in the list. */
  readonly id: string;
  /** As it is to be called: made by us of the case's id and numbers, so plain ASCII without patient data. */
  readonly name: string;
  readonly kind: CaseFileKind;
  readonly beamNumber: number | null;
  readonly attempt: number | null;
  readonly mediaType: string;
  readonly bytes: number;
  readonly changedAt: EpochMs;
}
