import { Token } from 'typedi';
import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';

/** What was found wrong with one RT Dose of a case; none: it may leave. */
export interface PreflightFinding {
  /** Null: the dose of the plan. */
  readonly beamNumber: number | null;
  /** Absolute; it need not be there. */
  readonly path: string;
  /** Sentences for a physicist, without patient data. */
  readonly failures: readonly string[];
}

/**
 * Looks at the RT Dose of a case as it lies on the disk, before any of it leaves: references to the plan, frame of reference, grid, lengths
 * of texts, patient module, pixels against the engine's dose, and the plan's dose against the sum of the beams'.
 */
export interface DosePreflight {
  /**
   * One finding for each beam and one for the plan, in this order. Blocks nothing; an abort ends it.
   * @throws transient `preflight.thread-lost`; `disk.*` where the disk cannot be read
   */
  check(
    kase: Pick<Case, 'id' | 'run' | 'planSopInstanceUid'>,
    beams: readonly Pick<Beam, 'beamNumber' | 'attempt'>[],
    signal: AbortSignal,
  ): Promise<readonly PreflightFinding[]>;
}
export const DosePreflight = new Token<DosePreflight>('DosePreflight');
