import type { Failure } from '../../../domain/errors.js';
import type { PreflightFinding } from '../../../ports/dose-preflight.js';

/** What one object is held against; paths are absolute. */
export interface BeamToCheck {
  readonly beamNumber: number;
  readonly dosePath: string;
  readonly geometryPath: string;
  /** MetaImage that the engine left. */
  readonly enginePath: string;
}

/** Plain data: it goes to a worker thread. */
export interface PreflightTask {
  readonly planPath: string;
  /** The plan that the case was accepted with; null where that is not known. */
  readonly planSopInstanceUid: string | null;
  readonly planDosePath: string;
  readonly beams: readonly BeamToCheck[];
  /** True once the work folder was cleaned: then what the engine left is gone, and is not missed. */
  readonly cleaned: boolean;
}

/** Errors of our class do not survive the way between threads; their parts do. */
export type PreflightReply =
  { readonly findings: readonly PreflightFinding[] } | { readonly failure: Failure; readonly cause: unknown };
