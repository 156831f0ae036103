import { Token } from 'typedi';
import type { Case } from '../domain/case.js';
import type { EngineResult } from './engine.js';

/** A DICOM RT Dose file of ours. */
export interface MadeDose {
  /** Absolute. */
  readonly path: string;
  readonly sopInstanceUid: string;
  readonly sha256: string;
  readonly bytes: number;
  /** Null for the plan dose. */
  readonly beamNumber: number | null;
}

/**
 * Makes RT Dose of engine results. SOP instance UIDs are derived from case id, run and beam, and the same result gives
 * the same bytes, so that a repeat never mints a second object. Files appear whole (part file, fsync, rename).
 */
export interface DoseMaker {
  beamDose(
    kase: Pick<Case, 'id' | 'run'>,
    planPath: string,
    beamNumber: number,
    result: EngineResult,
  ): Promise<MadeDose>;
  /** Sum of the beams' doses, which it reads back and checks before (references, grid, finite, scaling). */
  planDose(kase: Pick<Case, 'id' | 'run'>, planPath: string, beams: readonly MadeDose[]): Promise<MadeDose>;
  /** Reads an RT Dose file of ours back: hash and identity. Throws permanent `dose.damaged`. */
  read(path: string, beamNumber: number | null): Promise<MadeDose>;
}
export const DoseMaker = new Token<DoseMaker>('DoseMaker');
