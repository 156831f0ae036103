import type { Vec3 } from './vector.js';

/** Largest plan that is read, in the file and inflated: a million spots with both their control points. */
export const MAX_PLAN_BYTES = 24 * 1024 * 1024;
/** Spots of all beams together; each takes 24 bytes once read. More than ten times the largest plans. */
export const MAX_PLAN_SPOTS = 1_000_000;

/** An RT Ion Plan as far as the calculation needs it, checked (docs/dicom-conformance.md). Units in the names. */
export interface IonPlan {
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly frameOfReferenceUid: string | null;
  /** RTPlanLabel, control characters removed. */
  readonly label: string;
  readonly patientId: string;
  readonly patientPosition: string;
  readonly referencedStructureSetUid: string | null;
  readonly fractionGroupNumber: number;
  readonly fractionsPlanned: number;
  readonly metersetUnit: 'MU' | 'NP';
  /** Treatment beams in the plan's order; SETUP beams are left out. */
  readonly beams: readonly IonBeam[];
  /** Numbers of the SETUP beams that were left out. */
  readonly setupBeams: readonly number[];
  /** Oddities that do not stop the calculation, in words without patient data. */
  readonly remarks: readonly string[];
}

export interface IonBeam {
  readonly beamNumber: number;
  readonly name: string;
  readonly machine: string;
  /** PROTON, or what the plan says (e.g. ION). */
  readonly radiationType: string;
  readonly scanMode: string;
  readonly gantryAngleDeg: number;
  readonly couchAngleDeg: number;
  readonly isocentreMm: Vec3;
  readonly snoutPositionMm: number | null;
  readonly virtualSadMm: readonly [number, number] | null;
  readonly controlPoints: number;
  readonly finalCumulativeMetersetWeight: number;
  readonly meterset: number;
  readonly rangeShifters: readonly PlanRangeShifter[];
  /** What no engine of ours models, as short terms: `aperture`, `compensator`, `moving gantry`, `several isocentres`. */
  readonly unmodelled: readonly string[];
  readonly layers: readonly PlanLayer[];
}

export interface PlanRangeShifter {
  readonly number: number;
  readonly id: string;
  readonly waterEquivalentThicknessMm: number | null;
  readonly isocentreDistanceMm: number | null;
}

/** A control point that carries weight. */
export interface PlanLayer {
  readonly controlPointIndex: number;
  readonly energyMeV: number;
  readonly paintings: number;
  readonly spotSizeFwhmMm: readonly [number, number] | null;
  readonly xMm: readonly number[];
  readonly yMm: readonly number[];
  /** Meterset of each spot: weight x BeamMeterset / FinalCumulativeMetersetWeight. */
  readonly meterset: readonly number[];
}
