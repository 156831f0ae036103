import type { BeamComparison } from './delivery-comparison.js';
import type { EpochMs } from './time.js';

/**
 * How the fraction a delivery belongs to stands: every treatment beam once, some missing, some missing but its window
 * still open, or more deliveries than beams (docs: fractions).
 */
export type FractionStatus = 'complete' | 'partial' | 'pending' | 'anomalous';

/** What the treatment machine recorded of one beam (table `deliveries`): a folder of logs within the case. */
export interface Delivery {
  readonly id: number;
  readonly caseId: string;
  /** DICOM_BEAM_NUMBER of the log; null while it cannot be read. */
  readonly beamNumber: number | null;
  /** When the machine began, by its own clock. */
  readonly startedAt: EpochMs;
  /** Relative to the case folder. */
  readonly folder: string;
  /** Fractions of the case count from 1, by time. */
  readonly fraction: number;
  readonly fractionStatus: FractionStatus;
  /** First and last layer of this folder, counted from 1; null while they cannot be read. */
  readonly startLayer: number | null;
  readonly stopLayer: number | null;
  /** Planned against delivered of the whole beam: with the beam's first folder of the fraction, null with further ones. */
  readonly comparison: BeamComparison | null;
  /** Digest of the log files compared (paths, sizes, times): the same ones are not read again; null without comparison. */
  readonly stamp: string | null;
  /** Why there is no comparison, in words; null where there is one or is not to be. */
  readonly problem: string | null;
}
