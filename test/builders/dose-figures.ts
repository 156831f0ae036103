import { voxelCount, type Grid } from '../../src/domain/grid.js';
import type { Vec3 } from '../../src/domain/vector.js';
import type { Geometry } from '../../src/domain/geometry.js';
import type { BeamInput } from '../../src/domain/beam-input.js';
import { beamDose } from '../../src/pencil-beam/beam-dose.js';
import { loadMedium } from '../../src/pencil-beam/load-medium.js';
import type { Medium } from '../../src/dose/ray-trace.js';
import { aBeamModel } from './a-pencil-beam-job.js';

/** Runs the engine's calculation in this process, in one thread. */
export async function doseOf(
  beam: BeamInput,
  geometry: Geometry,
  { medium, beamModel = aBeamModel() }: { medium?: Medium; beamModel?: ReturnType<typeof aBeamModel> } = {},
): Promise<Float32Array> {
  return beamDose({ beam, geometry, beamModel }, medium ?? (await loadMedium(geometry)), 1, () => undefined);
}

/** Sum over each plane across an axis: dose as a plane-parallel chamber sees it. */
export function planeSums(dose: Float32Array, { size }: Grid, axis: 0 | 1 | 2): Float64Array {
  const sums = new Float64Array(size[axis]);
  const strides = [1, size[0], size[0] * size[1]];
  dose.forEach((gy, index) => {
    const plane = Math.floor(index / strides[axis]!) % size[axis];
    sums[plane] = sums[plane]! + gy;
  });
  return sums;
}

export const valueAt = (dose: Float32Array, { size }: Grid, [x, y, z]: Vec3): number =>
  dose[(z * size[1] + y) * size[0] + x]!;

/** Energy in water, MeV: dose times mass of 1 mg per mm3. */
export function energyMeV(dose: Float32Array, { spacingMm: [x, y, z] }: Grid): number {
  const gy = dose.reduce((sum, one) => sum + one, 0);
  return (gy * x * y * z * 1e-6) / 1.602_176_634e-13;
}

export const largest = (values: ArrayLike<number>): number => {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
};

/** Centre of gravity and standard deviation of a profile, in units of its positions. */
export function spread(profile: ArrayLike<number>): { mean: number; sigma: number } {
  const values = Array.from(profile);
  const total = values.reduce((sum, value) => sum + value, 0);
  const mean = values.reduce((sum, value, i) => sum + i * value, 0) / total;
  const variance = values.reduce((sum, value, i) => sum + (i - mean) ** 2 * value, 0) / total;
  return { mean, sigma: Math.sqrt(variance) };
}

/** Depth, in voxels from the first one's upstream face, where a plane dose falls to 80 % behind its peak. */
export function distal80(planes: Float64Array): number {
  const peak = largest(planes);
  const wanted = 0.8 * planes[peak]!;
  const after = planes.findIndex((value, i) => i > peak && value < wanted);
  return after - 0.5 + (planes[after - 1]! - wanted) / (planes[after - 1]! - planes[after]!);
}

/** A CT on a grid from a function of the place, mm. */
export function ctOf(grid: Grid, huAt: (place: Vec3) => number): Int16Array {
  const hu = new Int16Array(voxelCount(grid));
  const [nx, ny] = grid.size;
  for (let i = 0; i < hu.length; i++) {
    const index = [i % nx, Math.floor(i / nx) % ny, Math.floor(i / nx / ny)];
    const place = [0, 1, 2].map((a) => grid.originMm[a]! + index[a]! * grid.spacingMm[a]!);
    hu[i] = huAt(place as unknown as Vec3);
  }
  return hu;
}

export const maximum = (values: ArrayLike<number>): number => values[largest(values)]!;
