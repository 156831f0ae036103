import { Token } from 'typedi';
import type { DoseComparison, GammaCriteria } from '../domain/dose-comparison.js';

/** Compares RT Dose of ours. */
export interface DoseComparer {
  /**
   * Blocks nothing; takes seconds for large grids. An abort ends it. Paths are absolute.
   * @throws permanent `dose.damaged` for what is no RT Dose of ours; transient `dose.thread-lost`
   */
  compare(reference: string, evaluated: string, criteria: GammaCriteria, signal: AbortSignal): Promise<DoseComparison>;
}
export const DoseComparer = new Token<DoseComparer>('DoseComparer');
