/** A beam line as config/beam-models/NAME.yaml describes it. Tables run over nominal energy, linear in between. */
export interface BeamModel {
  readonly name: string;
  readonly description: string;
  /** Scanning magnet x, y to isocentre, mm; used where the plan has no VirtualSourceAxisDistances. */
  readonly virtualSadMm: readonly [number, number];
  readonly table: readonly BeamModelEntry[];
  /** Water-equivalent thickness of range shifters the plan names without one, by RangeShifterID. */
  readonly rangeShifters: Readonly<Record<string, number>>;
}

export interface BeamModelEntry {
  readonly energyMeV: number;
  /** Standard deviation of the energy, percent of the nominal energy. */
  readonly energySpreadPercent: number;
  /** In-air Gaussian sigma of a spot at isocentre, mm, x and y. */
  readonly sigmaAtIsocentreMm: readonly [number, number];
  /** Standard deviation of the beam's angular spread, mrad, x and y. */
  readonly divergenceMrad: readonly [number, number];
  readonly protonsPerMu: number;
}
