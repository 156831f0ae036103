import type { EpochMs } from './time.js';

/** What one delivery folder of a Sumitomo machine says of itself: PlanInfo and PlanRange, without the rows of the layers. */
export interface DeliveryRecord extends DeliveryHeader {
  /** By layer number, the layers that were delivered: startLayer to stopLayer. */
  readonly layers: readonly RecordedLayer[];
}

/** PlanInfo.txt of a delivery folder. */
export interface DeliveryHeader {
  /** Compared with the plan's, never shown. */
  readonly patientId: string;
  /** DICOM_BEAM_NUMBER: the truth about which beam it is. */
  readonly beamNumber: number;
  /** Layers count from 1. */
  readonly startLayer: number;
  /** STOP_LAYER_NUMBER: the last layer delivered, lower than the beam's last when delivery was interrupted. */
  readonly stopLayer: number;
  /** TCSC_IRRAD_DATETIME: the machine's wall clock, taken as if it were UTC; only differences count. */
  readonly startedAt: EpochMs;
}

/** A row of PlanRange. */
export interface RecordedLayer {
  readonly layerNumber: number;
  readonly energyMeV: number;
  /** What a count of dose1 is multiplied by, from DOSE1_RANGE; 1 at the reference range of 470 nA. */
  readonly monitorRangeFactor: number;
  /** SCAN_OUT_FL_NM: the .ptn file of the layer, in the same folder. */
  readonly file: string;
}
