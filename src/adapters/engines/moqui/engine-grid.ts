import type { Geometry } from '../../../domain/geometry.js';
import type { Grid } from '../../../domain/grid.js';

/** Pixels that differ by less are square; far below any effect on dose. */
const SQUARE_MM = 1e-4;

/** The grid moqui calculates on, and how it comes from the one given. */
export interface EngineGrid {
  readonly grid: Grid;
  /** The CT (or the phantom's dose grid) it is made of. */
  readonly from: Grid;
  /** True when CT numbers are interpolated in the plane. */
  readonly resampled: boolean;
}

/**
 * moqui takes the row spacing for the column spacing, and writes beyond a buffer where there are more rows than columns:
 * pixels that are not square are resampled to square ones of the smaller side, and columns of air are added at +x until
 * there are as many as rows. The slices stay.
 */
export function engineGrid(from: Grid): EngineGrid {
  const [dx, dy, dz] = from.spacingMm;
  const resampled = Math.abs(dx - dy) > SQUARE_MM;
  const side = resampled ? Math.min(dx, dy) : dx;
  const along = (axis: 0 | 1): { readonly origin: number; readonly size: number } => {
    const own = from.spacingMm[axis];
    if (!resampled) return { origin: from.originMm[axis], size: from.size[axis] };
    const face = from.originMm[axis] - own / 2;
    return { origin: face + side / 2, size: Math.max(1, Math.round((from.size[axis] * own) / side)) };
  };
  const [x, y] = [along(0), along(1)];
  return {
    from,
    resampled,
    grid: {
      originMm: [x.origin, y.origin, from.originMm[2]],
      spacingMm: [side, resampled ? side : dy, dz],
      size: [Math.max(x.size, y.size), y.size, from.size[2]],
    },
  };
}

/** The grid a phantom is calculated on: its dose grid, which covers it. */
export const phantomGrid = ({ doseGrid }: Geometry): EngineGrid => engineGrid(doseGrid);
