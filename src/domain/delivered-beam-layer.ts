import type { ScanCalibration } from './delivered-rows.js';
import type { DeliveredLayer } from './delivered-spots.js';

/** A layer of one beam as it was delivered in one fraction. */
export interface DeliveredBeamLayer {
  readonly layerNumber: number;
  /** LAYER_ENERGY. */
  readonly energyMeV: number;
  /** By time; two where the machine stopped within the layer and went on: they are added up. */
  readonly parts: readonly DeliveredLayer[];
}

/** How rows become spots. */
export interface SpotReading {
  readonly calibration: ScanCalibration;
  /** Rows that stay this near to each other are one spot (interpretation.shiLog.spotToleranceMm). */
  readonly toleranceMm: number;
}
