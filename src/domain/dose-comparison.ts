export interface GammaCriteria {
  /** Of the reference's maximum. */
  readonly dosePercent: number;
  readonly distanceMm: number;
  /** Points of the reference with less than this part of its maximum are left out. */
  readonly thresholdPercent: number;
}

export const GAMMA_2_2: GammaCriteria = { dosePercent: 2, distanceMm: 2, thresholdPercent: 10 };

export interface GammaResult {
  /** Points of the reference that count. */
  readonly points: number;
  /** Those with gamma up to 1. */
  readonly passed: number;
  readonly mean: number;
  /** Highest; what lies beyond is counted as 2. */
  readonly max: number;
}

/** Evaluated minus reference, at the points of the reference that count. */
export interface DoseDifference {
  readonly points: number;
  /** Highest doses, Gy. */
  readonly referenceMaxGy: number;
  readonly evaluatedMaxGy: number;
  readonly meanGy: number;
  /** Standard deviation. */
  readonly sigmaGy: number;
  /** Largest in size, with its sign, and where. */
  readonly largestGy: number;
  readonly largestAtMm: readonly [number, number, number] | null;
  /** True when both lie on one grid and every voxel, also those that do not count, is the same. */
  readonly identical: boolean;
}

/** Of two doses: the evaluated against the reference. */
export interface DoseComparison {
  readonly difference: DoseDifference;
  readonly gamma: GammaResult;
}
