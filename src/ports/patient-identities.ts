import { Token } from 'typedi';
import type { Identity } from '../domain/identity.js';

/** Whom DICOM files are of. For searching what leaves the house; kept nowhere. */
export interface PatientIdentities {
  /** Of one file; none where it is away or no DICOM. */
  ofFile(path: string): Promise<readonly Omit<Identity, 'caseId'>[]>;
  /** Of every file below a folder, each once; null where the folder cannot be read. */
  ofFolder(folder: string, signal: AbortSignal): Promise<readonly Omit<Identity, 'caseId'>[] | null>;
}
export const PatientIdentities = new Token<PatientIdentities>('PatientIdentities');
