import type { Grid } from '../domain/grid.js';

/** Doses of a grid, Gy, x fastest. */
export interface DoseOnGrid {
  readonly grid: Grid;
  readonly values: Float32Array;
}

/** Rounding of positions, in voxels: a point this far outside still lies on the face. */
const ROUNDING = 1e-6;

/** The trilinear dose at a place given in voxels of the grid (0 is the centre of the first); NaN outside of all centres. */
export function doseAt({ grid, values }: DoseOnGrid, x: number, y: number, z: number): number {
  const [nx, ny, nz] = grid.size;
  const i = cellOf(x, nx);
  const j = cellOf(y, ny);
  const k = cellOf(z, nz);
  if (i < 0 || j < 0 || k < 0) return Number.NaN;
  const [fx, fy, fz] = [x - i, y - j, z - k];
  const dx = nx > 1 ? 1 : 0;
  const dy = ny > 1 ? nx : 0;
  const dz = nz > 1 ? nx * ny : 0;
  const at = i + nx * (j + ny * k);
  const near = lerp(
    lerp(value(values, at), value(values, at + dx), fx),
    lerp(value(values, at + dy), value(values, at + dy + dx), fx),
    fy,
  );
  const top = at + dz;
  const far = lerp(
    lerp(value(values, top), value(values, top + dx), fx),
    lerp(value(values, top + dy), value(values, top + dy + dx), fx),
    fy,
  );
  return lerp(near, far, fz);
}

/** The cell of neighbouring centres that holds the place, along one axis; -1 outside. */
function cellOf(at: number, count: number): number {
  if (at < -ROUNDING || at > count - 1 + ROUNDING) return -1;
  return Math.max(0, Math.min(Math.floor(at), count - 2));
}

export const maximum = (values: Float32Array): number => {
  let highest = 0;
  for (const gy of values) if (gy > highest) highest = gy;
  return highest;
};

/** Without a look at the bounds, which the callers have. */
export const value = (values: Float32Array, at: number): number => values[at] ?? 0;
const lerp = (a: number, b: number, share: number): number => a + (b - a) * share;
