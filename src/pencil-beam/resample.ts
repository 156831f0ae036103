import type { Grid } from '../domain/grid.js';
import { voxelCount } from '../domain/grid.js';
import type { Vec3 } from '../domain/vector.js';
import { dot } from '../dose/coordinates.js';
import { rspOfVoxel, type Medium } from '../dose/ray-trace.js';
import { rays, type Fan } from './fan.js';
import { extentAlong, type FanPlan } from './plan-fan.js';

/**
 * Dose on the dose grid, read off the fan: along the beam the mean over the voxel's depth, across it linear interpolation
 * (whose widening the spots allow for). Voxels whose centre lies in vacuum have none: dose is stated where there is matter.
 */
export function resample(
  plan: FanPlan,
  fanDoseGy: Float32Array,
  medium: Medium,
  doseGrid: Grid,
  progress: (part: number) => void,
): Float32Array {
  const { fan, samples } = plan;
  const dose = new Float32Array(voxelCount(doseGrid));
  const reader = new FanReader(fan, fanDoseGy, extentAlong(doseGrid, fan.axes.z) / samples);
  const offsets = sampleOffsets(doseGrid.spacingMm, samples);
  const [nx, ny, nz] = doseGrid.size;
  let index = 0;
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      for (let x = 0; x < nx; x++, index++) {
        const centre = centreOf(doseGrid, x, y, z);
        let sum = 0;
        for (const offset of offsets) sum += reader.at(centre, offset);
        if (sum > 0 && !inVacuum(medium, centre)) dose[index] = sum / offsets.length;
      }
    }
    progress((z + 1) / nz);
  }
  return dose;
}

const centreOf = ({ originMm, spacingMm }: Grid, x: number, y: number, z: number): Vec3 => [
  originMm[0] + x * spacingMm[0],
  originMm[1] + y * spacingMm[1],
  originMm[2] + z * spacingMm[2],
];

/** Centres of the n x n x n parts of a voxel, relative to its own. */
function sampleOffsets(spacingMm: Vec3, samples: number): readonly Vec3[] {
  const steps = Array.from({ length: samples }, (_, k) => (k + 0.5) / samples - 0.5);
  return steps.flatMap((x) =>
    steps.flatMap((y) => steps.map((z): Vec3 => [x * spacingMm[0], y * spacingMm[1], z * spacingMm[2]])),
  );
}

function inVacuum(medium: Medium, [x, y, z]: Vec3): boolean {
  const { originMm, spacingMm, size } = medium.grid;
  const i = Math.round((x - originMm[0]) / spacingMm[0]);
  const j = Math.round((y - originMm[1]) / spacingMm[1]);
  const k = Math.round((z - originMm[2]) / spacingMm[2]);
  const outside = i < 0 || j < 0 || k < 0 || i >= size[0] || j >= size[1] || k >= size[2];
  return outside || rspOfVoxel(medium, (k * size[1] + j) * size[0] + i) <= 0;
}

/** Reads dose off the fan at points of the patient. */
class FanReader {
  readonly #plane: number;
  readonly #slabs: number;
  readonly #isocentre: readonly [number, number, number];

  constructor(
    private readonly fan: Fan,
    private readonly doseGy: Float32Array,
    private readonly lengthMm: number,
  ) {
    this.#plane = rays(fan);
    this.#slabs = fan.slabs - fan.firstDoseSlab;
    const { axes, isocentreMm } = fan;
    this.#isocentre = [dot(isocentreMm, axes.x), dot(isocentreMm, axes.y), dot(isocentreMm, axes.z)];
  }

  at(centre: Vec3, offset: Vec3): number {
    const { axes, sadMm, edgeMm, spacingMm, size } = this.fan;
    const point: Vec3 = [centre[0] + offset[0], centre[1] + offset[1], centre[2] + offset[2]];
    const height = dot(point, axes.z) - this.#isocentre[2];
    // At or beyond a virtual source there is no ray.
    if (height >= Math.min(sadMm[0], sadMm[1])) return 0;
    const u = (dot(point, axes.x) - this.#isocentre[0]) / (1 - height / sadMm[0]);
    const i = (u - edgeMm[0]) / spacingMm - 0.5;
    if (i < 0 || i >= size[0] - 1) return 0;
    const v = (dot(point, axes.y) - this.#isocentre[1]) / (1 - height / sadMm[1]);
    const j = (v - edgeMm[1]) / spacingMm - 0.5;
    if (j < 0 || j >= size[1] - 1) return 0;
    return this.#meanAlong(height, i, j);
  }

  /** Mean over the voxel's length along the beam, as far as the fan reaches. */
  #meanAlong(height: number, i: number, j: number): number {
    const { topMm, stepMm, firstDoseSlab } = this.fan;
    const middle = (topMm - height) / stepMm - firstDoseSlab;
    const half = this.lengthMm / stepMm / 2;
    const from = Math.max(middle - half, 0);
    const to = Math.min(middle + half, this.#slabs);
    if (to <= from) return 0;
    let sum = 0;
    for (let slab = Math.floor(from); slab < to; slab++) {
      const share = Math.min(slab + 1, to) - Math.max(slab, from);
      if (share > 1e-9) sum += share * this.#across(slab, i, j);
    }
    return sum / (to - from);
  }

  #across(slab: number, i: number, j: number): number {
    const wide = this.fan.size[0];
    const left = Math.floor(i);
    const low = Math.floor(j);
    const at = slab * this.#plane + low * wide + left;
    const du = i - left;
    const near = (this.doseGy[at] as number) * (1 - du) + (this.doseGy[at + 1] as number) * du;
    const far = (this.doseGy[at + wide] as number) * (1 - du) + (this.doseGy[at + wide + 1] as number) * du;
    return near + (j - low) * (far - near);
  }
}
