import { Token } from 'typedi';
import type { Case } from '../domain/case.js';
import type { InputHash } from '../domain/input-file.js';
import type { RunBasis } from '../domain/run-record.js';

/** What a calculation would depend on now. */
export interface RunBasisSource {
  /** @param models names of the beam models that it would use; throws operator `beam-model.missing`, `beam-model.invalid` */
  basis(models: readonly string[]): Promise<RunBasis>;
  /**
   * SHA-256 of each file of the dropped folder as it is now, under the names they had when the case was validated; null where
   * that is not known any more. Throws as CaseReader.inventory, and what the share says when it does not answer.
   */
  inputs(kase: Case, signal: AbortSignal): Promise<readonly InputHash[] | null>;
}
export const RunBasisSource = new Token<RunBasisSource>('RunBasisSource');
