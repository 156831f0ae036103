import type { SyntheticCase } from '../../../../ports/case-maker.js';
import type { Grid } from '../../../../domain/grid.js';
import type { Vec3 } from '../../../../domain/vector.js';
import { derivedUid } from '../derived-uid.js';
import { seededRandom } from './seeded-random.js';

/** What a caller may choose beyond the port's wishes. */
export interface PhantomOptions {
  /** CT pixels, in the plane. */
  readonly pixelSpacingMm: number;
  readonly sliceSpacingMm: number;
  /** Water-equivalent thickness of a range shifter in every beam; null for none. */
  readonly rangeShifterMm: number | null;
  /** True: a SETUP beam takes number 1 and the treatment beams start at 2. */
  readonly setupBeam: boolean;
}

export const DEFAULT_PHANTOM: PhantomOptions = {
  pixelSpacingMm: 2.5,
  sliceSpacingMm: 3,
  rangeShifterMm: null,
  setupBeam: false,
};

/** Everything the files of one synthetic case say, before it is put into DICOM. Lengths in mm. */
export interface Phantom {
  readonly uids: PhantomUids;
  readonly patientId: string;
  readonly machine: string;
  readonly options: PhantomOptions;
  /** CT voxels: air around a water box. */
  readonly grid: Grid;
  readonly waterMinMm: Vec3;
  readonly waterMaxMm: Vec3;
  /** Centre of the water box and of the target. */
  readonly isocentreMm: Vec3;
  readonly targetRadiusMm: number;
  readonly withCt: boolean;
  readonly beams: readonly PhantomBeam[];
}

export interface PhantomUids {
  readonly study: string;
  readonly frameOfReference: string;
  readonly ctSeries: string;
  readonly structures: string;
  readonly plan: string;
  /** Of the CT slice with this index from the lowest z. */
  readonly slice: (index: number) => string;
}

export interface PhantomBeam {
  readonly beamNumber: number;
  readonly name: string;
  readonly gantryAngleDeg: number;
  /** Not the sum of the weights: readers must scale. */
  readonly meterset: number;
  readonly finalCumulativeMetersetWeight: number;
  readonly layers: readonly PhantomLayer[];
}

/** Weights are in the plan's own unit; meterset = weight x beam meterset / final cumulative weight. */
export interface PhantomLayer {
  readonly energyMeV: number;
  readonly xMm: readonly number[];
  readonly yMm: readonly number[];
  readonly weights: readonly number[];
}

const GANTRY_ANGLES_DEG = [0, 90, 270, 180, 45, 315, 135, 225];
const ISOCENTRE_MM: Vec3 = [5, -15, 40];
const HALF_WATER_MM: Vec3 = [80, 80, 75];
const AIR_AROUND_MM = 20;
const TARGET_RADIUS_MM = 20;
/** Of the farthest layer: a few beams of ten layers then give about 2 Gy per fraction with the generic beam model. */
const WEIGHT_OF_FULL_LAYER = 120;
/** MU per unit of weight. Any number but 1. */
const METERSET_PER_WEIGHT = 1.8;

/** The phantom for these wishes. The same wishes give the same phantom, UIDs included. */
export function phantomOf(wanted: SyntheticCase, options: PhantomOptions): Phantom {
  const uid = (what: string): string => derivedUid('synthetic case', JSON.stringify({ wanted, options }), what);
  const random = seededRandom(wanted.seed);
  const spacingMm: Vec3 = [options.pixelSpacingMm, options.pixelSpacingMm, options.sliceSpacingMm];
  const size = spacingMm.map((mm, axis) =>
    Math.ceil((2 * (at(HALF_WATER_MM, axis) + AIR_AROUND_MM)) / mm),
  ) as unknown as Grid['size'];
  return {
    uids: {
      study: uid('study'),
      frameOfReference: uid('frame of reference'),
      ctSeries: uid('ct series'),
      structures: uid('structure set'),
      plan: uid('plan'),
      slice: (index) => uid(`slice ${String(index)}`),
    },
    patientId: `SYNTHETIC-${String(wanted.seed)}`,
    machine: 'SYNTHETIC_G1',
    options,
    grid: {
      size,
      spacingMm,
      originMm: vec3((axis) => at(ISOCENTRE_MM, axis) - ((at(size, axis) - 1) / 2) * at(spacingMm, axis)),
    },
    waterMinMm: vec3((axis) => at(ISOCENTRE_MM, axis) - at(HALF_WATER_MM, axis)),
    waterMaxMm: vec3((axis) => at(ISOCENTRE_MM, axis) + at(HALF_WATER_MM, axis)),
    isocentreMm: ISOCENTRE_MM,
    targetRadiusMm: TARGET_RADIUS_MM,
    withCt: wanted.withCt,
    beams: Array.from({ length: wanted.beams }, (_, index) => beamOf(wanted, options, index, random)),
  };
}

function beamOf(wanted: SyntheticCase, options: PhantomOptions, index: number, random: () => number): PhantomBeam {
  const beamNumber = index + (options.setupBeam ? 2 : 1);
  const layers = Array.from({ length: wanted.layers }, (_, layer) => layerOf(wanted, options, layer, random));
  const total = layers.flatMap((layer) => layer.weights).reduce((sum, weight) => sum + weight, 0);
  const finalWeight = Number(total.toFixed(6));
  return {
    beamNumber,
    name: `Field ${String(beamNumber)}`,
    gantryAngleDeg: GANTRY_ANGLES_DEG[index] ?? (index * 40) % 360,
    meterset: Number((finalWeight * METERSET_PER_WEIGHT).toFixed(4)),
    finalCumulativeMetersetWeight: finalWeight,
    layers,
  };
}

/** Layers from the target's far side to its near side, so energies fall; the farthest carries most of the weight. */
function layerOf(wanted: SyntheticCase, options: PhantomOptions, layer: number, random: () => number): PhantomLayer {
  const share = wanted.layers === 1 ? 0.5 : layer / (wanted.layers - 1);
  const depthMm = at(HALF_WATER_MM, 0) + TARGET_RADIUS_MM * (1 - 2 * share) + (options.rangeShifterMm ?? 0);
  const columns = Math.ceil(Math.sqrt(wanted.spotsPerLayer));
  const rows = Math.ceil(wanted.spotsPerLayer / columns);
  const stepMm = Math.min(5, (2 * TARGET_RADIUS_MM) / columns);
  const spots = Array.from({ length: wanted.spotsPerLayer }, (_, index) => ({
    column: index % columns,
    row: Math.floor(index / columns),
  }));
  const scale = (layer === 0 ? 1 : 0.3) / wanted.spotsPerLayer;
  return {
    energyMeV: Number(energyForRangeMeV(depthMm).toFixed(3)),
    xMm: spots.map(({ column }) => Math.fround((column - (columns - 1) / 2) * stepMm)),
    yMm: spots.map(({ row }) => Math.fround((row - (rows - 1) / 2) * stepMm)),
    weights: spots.map(() => Math.fround(WEIGHT_OF_FULL_LAYER * scale * (0.75 + random() / 2))),
  };
}

/** Energy whose protons stop at this depth of water: Bragg-Kleeman, R = 0.0022 cm (E/MeV)^1.77 (Bortfeld 1997). */
const energyForRangeMeV = (rangeMm: number): number => (rangeMm / 10 / 0.0022) ** (1 / 1.77);

const vec3 = (value: (axis: number) => number): Vec3 => [value(0), value(1), value(2)];

/** Coordinate of an axis 0-2. */
const at = (vector: readonly number[], axis: number): number => vector[axis] ?? Number.NaN;
