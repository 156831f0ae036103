import type { Vec3 } from './vector.js';

/** Patient positions the geometry is defined for. */
export const PATIENT_POSITIONS = ['HFS', 'HFP', 'FFS', 'FFP'] as const;
export type PatientPosition = (typeof PATIENT_POSITIONS)[number];

/**
 * Everything an engine needs to know of one beam: `beam.json`, schema in docs/beam-input.schema.json. Made from the plan
 * or from what the machine recorded. Lengths in mm, angles in degrees (IEC 61217), energies in MeV.
 */
export interface BeamInput {
  readonly format: 'mqi-beam/1';
  readonly caseId: string;
  readonly run: number;
  readonly beamNumber: number;
  readonly beamName: string;
  readonly machine: string;
  /** Name of the beam model (config/beam-models/NAME.yaml); `generic` where no model names the machine. */
  readonly beamModel: string;
  readonly radiationType: 'PROTON';
  readonly patientPosition: PatientPosition;
  readonly gantryAngleDeg: number;
  readonly couchAngleDeg: number;
  readonly isocentreMm: Vec3;
  readonly snoutPositionMm: number | null;
  /** VirtualSourceAxisDistances, x and y scanning magnet to isocentre; null: the beam model's. */
  readonly virtualSadMm: readonly [number, number] | null;
  readonly rangeShifters: readonly RangeShifter[];
  readonly fractionsPlanned: number;
  readonly metersetUnit: 'MU' | 'NP';
  /** Per fraction, in metersetUnit. */
  readonly meterset: number;
  /** Protons per fraction over all spots. */
  readonly protons: number;
  readonly layers: readonly LayerInput[];
}

export interface RangeShifter {
  readonly number: number;
  readonly id: string;
  /** RangeShifterWaterEquivalentThickness; where the plan has none, the beam model's for this id. */
  readonly waterEquivalentThicknessMm: number;
  /** Isocentre to the downstream side; null: the snout position. */
  readonly isocentreDistanceMm: number | null;
}

/** A control point that carries weight. The four spot arrays have one length. */
export interface LayerInput {
  readonly controlPointIndex: number;
  readonly energyMeV: number;
  readonly paintings: number;
  /** ScanningSpotSize FWHM x, y at isocentre; null: the beam model's sigma. */
  readonly spotSizeFwhmMm: readonly [number, number] | null;
  /** Spot positions at isocentre, IEC gantry coordinates (Xg, Yg). */
  readonly xMm: readonly number[];
  readonly yMm: readonly number[];
  /** Per fraction, all paintings, in metersetUnit. */
  readonly meterset: readonly number[];
  readonly protons: readonly number[];
}
