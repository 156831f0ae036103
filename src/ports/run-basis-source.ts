import { Token } from 'typedi';
import type { RunBasis } from '../domain/run-record.js';

/** What a calculation would depend on now, besides its input. */
export interface RunBasisSource {
  /** @param models names of the beam models that it would use; throws operator `beam-model.missing`, `beam-model.invalid` */
  basis(models: readonly string[]): Promise<RunBasis>;
}
export const RunBasisSource = new Token<RunBasisSource>('RunBasisSource');
