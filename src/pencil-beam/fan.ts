import type { Grid } from '../domain/grid.js';
import type { Vec3 } from '../domain/vector.js';
import { dot, minus, type BeamAxes } from '../dose/coordinates.js';
import { traceRay, type Medium } from '../dose/ray-trace.js';

/**
 * The grid the dose is calculated on: rays that fan out from the two virtual sources (one per scanning magnet) through a
 * raster of square cells in the plane of the isocentre, cut by evenly spaced planes across the beam axis. Every spot runs
 * along the rays, so (u, v), the place where a ray meets the isocentre plane, stays the same at all depths.
 * Arrays run over u fastest, then v, then planes in the direction of the beam.
 */
export interface Fan {
  readonly isocentreMm: Vec3;
  readonly axes: BeamAxes;
  readonly sadMm: readonly [number, number];
  readonly spacingMm: number;
  /** Lower edge of the first cell along u and v. */
  readonly edgeMm: readonly [number, number];
  readonly size: readonly [number, number];
  /** Height of the first plane boundary above the isocentre, towards the source, and thickness of each slab. */
  readonly topMm: number;
  readonly stepMm: number;
  /** Slabs between plane boundaries; the first of them in which dose is wanted. */
  readonly slabs: number;
  readonly firstDoseSlab: number;
}

export const rays = ({ size }: Fan): number => size[0] * size[1];

/** Size of a cell's image at a height above the isocentre, relative to the isocentre plane, along u and v. */
export const magnification = ({ sadMm }: Pick<Fan, 'sadMm'>, heightMm: number): readonly [number, number] => [
  1 - heightMm / sadMm[0],
  1 - heightMm / sadMm[1],
];

/** Heights above the isocentre between which a grid's outer faces lie. */
export function heights(
  grid: Grid,
  isocentreMm: Vec3,
  axes: BeamAxes,
): { readonly low: number; readonly high: number } {
  const all = corners(grid).map((corner) => dot(minus(corner, isocentreMm), axes.z));
  return { low: Math.min(...all), high: Math.max(...all) };
}

function corners({ originMm, spacingMm, size }: Grid): readonly Vec3[] {
  const face = (axis: 0 | 1 | 2, end: number): number =>
    originMm[axis] + (end === 0 ? -0.5 : size[axis] - 0.5) * spacingMm[axis];
  return [0, 1].flatMap((x) => [0, 1].flatMap((y) => [0, 1].map((z): Vec3 => [face(0, x), face(1, y), face(2, z)])));
}

/** Point of a ray at a height, patient coordinates. */
export function pointOf(fan: Fan, u: number, v: number, heightMm: number): Vec3 {
  const [mu, mv] = magnification(fan, heightMm);
  const { x, y, z } = fan.axes;
  const at = (a: 0 | 1 | 2): number => fan.isocentreMm[a] + u * mu * x[a] + v * mv * y[a] + heightMm * z[a];
  return [at(0), at(1), at(2)];
}

/** How much longer a ray's path through a slab is than the slab is thick. */
export const obliquity = ({ sadMm }: Pick<Fan, 'sadMm'>, u: number, v: number): number =>
  Math.hypot(1, u / sadMm[0], v / sadMm[1]);

/** Water-equivalent depth at every plane boundary of every ray: `slabs` + 1 planes of `rays` values, shared by threads. */
export function traceFan(fan: Fan, medium: Medium): Float32Array {
  const count = rays(fan);
  const shared = new SharedArrayBuffer((fan.slabs + 1) * count * Float32Array.BYTES_PER_ELEMENT);
  const depthMm = new Float32Array(shared);
  const bottomMm = fan.topMm - fan.slabs * fan.stepMm;
  for (let j = 0; j < fan.size[1]; j++) {
    const v = fan.edgeMm[1] + (j + 0.5) * fan.spacingMm;
    for (let i = 0; i < fan.size[0]; i++) {
      const u = fan.edgeMm[0] + (i + 0.5) * fan.spacingMm;
      const out = { depthMm, first: j * fan.size[0] + i, stride: count, steps: fan.slabs };
      traceRay(medium, pointOf(fan, u, v, fan.topMm), pointOf(fan, u, v, bottomMm), out);
    }
  }
  return depthMm;
}
