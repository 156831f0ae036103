import type { Grid } from '../domain/grid.js';
import type { Vec3 } from '../domain/vector.js';
import type { BeamAxes } from '../dose/coordinates.js';
import { heights, magnification, type Fan } from './fan.js';
import { airVariance, widestSigma, type PreparedLayer } from './prepared-layer.js';

/** Gaussians are cut at this many sigmas: 1.4e-5 of the protons lie outside. */
export const CUT_SIGMAS = 4.5;

/** Most cells of a fan: 24 million of four bytes are 96 MB for depths and the same for each thread's dose. */
const MOST_CELLS = 24e6;

export interface FanPlan {
  readonly fan: Fan;
  /** Samples per dose voxel and axis: more than one only where spots are narrow against the voxels. */
  readonly samples: number;
}

/**
 * Lays the fan over everything the spots can reach in the dose grid and the medium. Cells are a quarter of the narrowest
 * spot wide (linear interpolation between coarser ones would cost or make up to 1 % of the energy), but no coarser than a
 * voxel of the dose grid; what cells and interpolation add to the width of spots, `spotBlur` takes back. Slabs are half a
 * voxel thick.
 * Null when medium and dose grid do not meet along the beam: no dose.
 */
export function planFan(
  layers: readonly PreparedLayer[],
  geometry: { readonly isocentreMm: Vec3; readonly axes: BeamAxes; readonly sadMm: readonly [number, number] },
  medium: Grid,
  doseGrid: Grid,
): FanPlan | null {
  const { isocentreMm, axes, sadMm } = geometry;
  const inMedium = heights(medium, isocentreMm, axes);
  const inDose = heights(doseGrid, isocentreMm, axes);
  // Nothing is looked for beyond three quarters of the way to the source.
  const topMm = Math.min(inMedium.high, 0.75 * Math.min(...sadMm));
  const bottomMm = Math.max(inMedium.low, inDose.low);
  const doseTopMm = Math.min(inDose.high, topMm);
  if (bottomMm >= doseTopMm || layers.length === 0) return null;
  const narrowest = Math.min(...layers.flatMap((layer) => ([0, 1] as const).map((axis) => airSigma(layer, axis))));
  const voxelMm = Math.min(...doseGrid.spacingMm);
  const samples = Math.max(1, Math.ceil((0.5 * voxelMm) / narrowest));
  const sampleMm = voxelMm / samples;
  const stepMm = extentAlong(doseGrid, axes.z) / samples / 2;
  const slabs = Math.ceil((topMm - bottomMm) / stepMm - 1e-6);
  const spacingMm = Math.min(narrowest / 4, sampleMm);
  const raster = fit(reach(layers, sadMm, bottomMm, topMm), spacingMm, slabs + 1);
  const firstDoseSlab = Math.max(0, Math.floor((topMm - doseTopMm) / stepMm) - 1);
  return { fan: { isocentreMm, axes, sadMm, ...raster, topMm, stepMm, slabs, firstDoseSlab }, samples };
}

/**
 * Length of a box voxel along a direction, such that a box of that length has the voxel's variance; equal to the voxel's
 * side along its axes.
 */
export const extentAlong = ({ spacingMm }: Grid, direction: Vec3): number =>
  Math.hypot(spacingMm[0] * direction[0], spacingMm[1] * direction[1], spacingMm[2] * direction[2]);

/**
 * Variance, mm2 along u and v at a height, to add to each spot so that the dose read off the fan is the Gaussian averaged
 * over a dose voxel (or sample): the voxel's own s^2/12 less what cells (f^2/12) and linear interpolation (f^2/6) bring.
 */
export function spotBlur({ fan, samples }: FanPlan, doseGrid: Grid, heightMm: number): readonly [number, number] {
  const scale = magnification(fan, heightMm);
  const along = (axis: 0 | 1): number => {
    const voxel = extentAlong(doseGrid, axis === 0 ? fan.axes.x : fan.axes.y) / samples;
    return voxel ** 2 / 12 - (fan.spacingMm * scale[axis]) ** 2 / 4;
  };
  return [along(0), along(1)];
}

const airSigma = (layer: PreparedLayer, axis: 0 | 1): number => Math.sqrt(airVariance(layer, axis, 0));

type Reach = Readonly<Record<'low' | 'high', readonly [number, number]>>;

/** Smallest and largest u and v that any spot reaches, at the isocentre plane's scale. */
function reach(layers: readonly PreparedLayer[], sadMm: readonly [number, number], low: number, high: number): Reach {
  const least: [number, number] = [Infinity, Infinity];
  const most: [number, number] = [-Infinity, -Infinity];
  for (const layer of layers) {
    const box = layerReach(layer, sadMm, low, high);
    for (const axis of [0, 1] as const) {
      least[axis] = Math.min(least[axis], box.low[axis]);
      most[axis] = Math.max(most[axis], box.high[axis]);
    }
  }
  return { low: least, high: most };
}

/** The same of one layer between two heights, so many sigmas out. */
export function layerReach(
  layer: PreparedLayer,
  sadMm: readonly [number, number],
  low: number,
  high: number,
  sigmas = CUT_SIGMAS,
): Reach {
  const sigma = widestSigma(layer, low, high);
  const scale = magnification({ sadMm }, high);
  const margin = (axis: 0 | 1): number => (sigmas * sigma[axis]) / Math.min(1, scale[axis]);
  const u = layer.rows.flatMap((row) => [...row.u]);
  const v = layer.rows.map((row) => row.v);
  return {
    low: [least(u) - margin(0), least(v) - margin(1)],
    high: [-least(u.map((x) => -x)) + margin(0), -least(v.map((x) => -x)) + margin(1)],
  };
}

const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);

/** A raster over the reach, centred on it, its cells enlarged if they were too many. */
function fit({ low, high }: Reach, wantedMm: number, planes: number): Pick<Fan, 'spacingMm' | 'edgeMm' | 'size'> {
  const area = (high[0] - low[0]) * (high[1] - low[1]);
  const spacingMm = Math.max(wantedMm, Math.sqrt((area * planes) / MOST_CELLS));
  const cells = (axis: 0 | 1): number => Math.max(1, Math.ceil((high[axis] - low[axis]) / spacingMm));
  const size = [cells(0), cells(1)] as const;
  const edge = (axis: 0 | 1): number => (low[axis] + high[axis] - size[axis] * spacingMm) / 2;
  return { spacingMm, edgeMm: [edge(0), edge(1)], size };
}
