import type { BeamInput, LayerInput } from '../domain/beam-input.js';
import type { BeamModel, BeamModelEntry } from '../domain/beam-model.js';
import { input } from '../domain/errors.js';
import { braggCurve, rangeSpreadMm } from '../dose/depth-dose.js';
import { rangeMm } from '../dose/proton-range.js';
import { drift, gatheredAngle, NO_SPREAD, throughWater, type Moments } from '../dose/scattering.js';

/** All that the calculation of one energy layer needs, without the patient. Plain data: it is sent to a thread. */
export interface PreparedLayer {
  readonly rangeMm: number;
  /** Standard deviation of the range, mm. */
  readonly rangeSpreadMm: number;
  /** MeV left up to each depth of water and variance of the angle gathered there, at steps of `tableStepMm`. */
  readonly tableStepMm: number;
  readonly energyByDepth: Float64Array;
  readonly angleByDepth: Float64Array;
  /** In-air sigma, mm, at the isocentre and divergence, rad, along u and v. */
  readonly sigmaMm: readonly [number, number];
  readonly divergenceRad: readonly [number, number];
  /** Water passed before the patient, where its last slab ends above the isocentre, and the spread gained up to there. */
  readonly shifterMm: number;
  readonly shifterExitMm: number;
  readonly shifterMoments: Moments;
  /** Spots by rows of equal v. */
  readonly rows: readonly SpotRow[];
}

export interface SpotRow {
  readonly v: number;
  readonly u: Float64Array;
  readonly protons: Float64Array;
}

/** A slab of water above the patient. */
interface Slab {
  readonly thicknessMm: number;
  /** Height of its downstream face above the isocentre. */
  readonly exitMm: number;
}

/**
 * The layers of a beam that carry protons.
 * @throws input `engine.unsupported` for an energy outside the beam model's table or a range shifter at an unknown place
 */
export function prepareLayers(beam: BeamInput, model: BeamModel): readonly PreparedLayer[] {
  const slabs = shifterSlabs(beam);
  return beam.layers
    .filter(({ protons }) => protons.some((count) => count > 0))
    .map((layer) => prepare(layer, entryAt(model, layer.energyMeV), slabs));
}

/** The model's entry for an energy, linear between its neighbours. */
export function entryAt({ table, name }: BeamModel, energyMeV: number): BeamModelEntry {
  const next = table.findIndex((entry) => entry.energyMeV >= energyMeV);
  const above = table[next];
  if (above?.energyMeV === energyMeV) return above;
  const below = table[next - 1];
  if (!above || !below) {
    const span = `${String(table[0]?.energyMeV)}-${String(table.at(-1)?.energyMeV)} MeV`;
    throw unsupported(`energy ${String(energyMeV)} MeV is outside the table of beam model ${name} (${span})`);
  }
  const part = (energyMeV - below.energyMeV) / (above.energyMeV - below.energyMeV);
  const mix = (a: number, b: number): number => a + part * (b - a);
  const pair = (a: readonly [number, number], b: readonly [number, number]): readonly [number, number] => [
    mix(a[0], b[0]),
    mix(a[1], b[1]),
  ];
  return {
    energyMeV,
    energySpreadPercent: mix(below.energySpreadPercent, above.energySpreadPercent),
    sigmaAtIsocentreMm: pair(below.sigmaAtIsocentreMm, above.sigmaAtIsocentreMm),
    divergenceMrad: pair(below.divergenceMrad, above.divergenceMrad),
    protonsPerMu: mix(below.protonsPerMu, above.protonsPerMu),
  };
}

/** Variance of a spot's position in air along u (0) or v (1), mm2, at a height above the isocentre. */
export function airVariance(layer: PreparedLayer, axis: 0 | 1, heightMm: number): number {
  const waist = layer.sigmaMm[axis] ** 2 + (layer.divergenceRad[axis] * heightMm) ** 2;
  const behindShifter = Math.max(layer.shifterExitMm - heightMm, 0);
  return waist + drift(layer.shifterMoments, behindShifter).position;
}

/** Depth of water in the patient, mm, at which none of the layer's protons is left. */
export const depthReached = ({ energyByDepth, tableStepMm, shifterMm }: PreparedLayer): number =>
  (energyByDepth.length - 1) * tableStepMm - shifterMm;

/** Bound on the sigma of any spot of the layer between two heights, scattering in the patient included, mm. */
export function widestSigma(layer: PreparedLayer, lowMm: number, highMm: number): readonly [number, number] {
  const inPatient = SCATTER_PER_RANGE * Math.max(layer.rangeMm - layer.shifterMm, 0);
  const along = (axis: 0 | 1): number => {
    const air = Math.max(airVariance(layer, axis, lowMm), airVariance(layer, axis, highMm));
    return Math.hypot(Math.sqrt(air), inPatient);
  };
  return [along(0), along(1)];
}

/** Scattering in water ends at a sigma of about 2.3 % of the range; the rest is room for drifts through lung. */
const SCATTER_PER_RANGE = 0.035;
const TABLE_STEP_MM = 0.1;
const FWHM_PER_SIGMA = 2 * Math.sqrt(2 * Math.LN2);

function prepare(layer: LayerInput, entry: BeamModelEntry, slabs: readonly Slab[]): PreparedLayer {
  const { energyMeV, spotSizeFwhmMm: fwhm } = layer;
  const { cumulativeMeV } = braggCurve(energyMeV, entry.energySpreadPercent, TABLE_STEP_MM);
  const angleByDepth = gatheredAngle(energyMeV, cumulativeMeV.length, TABLE_STEP_MM);
  return {
    rangeMm: rangeMm(energyMeV),
    rangeSpreadMm: rangeSpreadMm(energyMeV, entry.energySpreadPercent),
    tableStepMm: TABLE_STEP_MM,
    energyByDepth: cumulativeMeV,
    angleByDepth,
    sigmaMm: fwhm ? [fwhm[0] / FWHM_PER_SIGMA, fwhm[1] / FWHM_PER_SIGMA] : entry.sigmaAtIsocentreMm,
    divergenceRad: [entry.divergenceMrad[0] / 1000, entry.divergenceMrad[1] / 1000],
    ...behindShifters(slabs, angleByDepth),
    rows: spotRows(layer),
  };
}

function behindShifters(
  slabs: readonly Slab[],
  angleByDepth: Float64Array,
): Pick<PreparedLayer, 'shifterMm' | 'shifterExitMm' | 'shifterMoments'> {
  let shifterMm = 0;
  let shifterExitMm = slabs[0]?.exitMm ?? 0;
  let moments = NO_SPREAD;
  for (const { exitMm, thicknessMm } of slabs) {
    moments = drift(moments, Math.max(shifterExitMm - exitMm - thicknessMm, 0));
    moments = throughWater(moments, angleByDepth, TABLE_STEP_MM, shifterMm, thicknessMm);
    shifterMm += thicknessMm;
    shifterExitMm = exitMm;
  }
  return { shifterMm, shifterExitMm, shifterMoments: moments };
}

/** Farthest from the patient first. */
function shifterSlabs({ rangeShifters, snoutPositionMm }: BeamInput): readonly Slab[] {
  const slabs = rangeShifters.map(({ number, waterEquivalentThicknessMm, isocentreDistanceMm }): Slab => {
    const exitMm = isocentreDistanceMm ?? snoutPositionMm;
    if (exitMm === null) {
      throw unsupported(`range shifter ${String(number)} has neither a distance to the isocentre nor a snout position`);
    }
    return { thicknessMm: waterEquivalentThicknessMm, exitMm };
  });
  return slabs.sort((a, b) => b.exitMm - a.exitMm);
}

function spotRows({ xMm, yMm, protons }: LayerInput): readonly SpotRow[] {
  const rows = new Map<number, { u: number[]; protons: number[] }>();
  protons.forEach((count, i) => {
    if (count <= 0) return;
    const v = yMm[i] as number;
    const row = rows.get(v) ?? { u: [], protons: [] };
    rows.set(v, row);
    row.u.push(xMm[i] as number);
    row.protons.push(count);
  });
  return [...rows].map(([v, row]) => ({ v, u: Float64Array.from(row.u), protons: Float64Array.from(row.protons) }));
}

const unsupported = (what: string): Error => input('engine.unsupported', what);
