import type { FractionStatus } from './delivery.js';
import type { EpochMs } from './time.js';

/** A delivery of the case as validation found it; kept in inventory.json, so without the patient's identifier. */
export interface AcceptedDelivery {
  /** Relative to the case folder, `/` between segments; empty: the case folder itself. */
  readonly folder: string;
  readonly beamNumber: number;
  /** The machine's wall clock, taken as if it were UTC. */
  readonly startedAt: EpochMs;
  /** Layers count from 1. */
  readonly startLayer: number;
  readonly stopLayer: number;
  /** Fractions of the case count from 1, by time. */
  readonly fraction: number;
  readonly fractionStatus: FractionStatus;
}
