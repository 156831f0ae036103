import type { DoseDifference } from '../domain/dose-comparison.js';
import type { Grid } from '../domain/grid.js';
import { doseAt, maximum, type DoseOnGrid, value } from './dose-on-grid.js';

/** @param thresholdPercent points of the reference with less than this part of its maximum are left out */
export function doseDifference(reference: DoseOnGrid, evaluated: DoseOnGrid, thresholdPercent: number): DoseDifference {
  const { grid, values } = reference;
  const referenceMaxGy = maximum(values);
  const threshold = (referenceMaxGy * thresholdPercent) / 100;
  const place = placesIn(reference, evaluated);
  let [points, sum, squares, largestGy, largestAt] = [0, 0, 0, 0, -1];
  for (let at = 0; at < values.length; at++) {
    const gy = value(values, at);
    if (gy < threshold || gy === 0) continue;
    const [x, y, z] = place(at);
    const found = doseAt(evaluated, x, y, z);
    const difference = (Number.isNaN(found) ? 0 : found) - gy;
    points++;
    sum += difference;
    squares += difference * difference;
    if (Math.abs(difference) > Math.abs(largestGy)) [largestGy, largestAt] = [difference, at];
  }
  const count = Math.max(1, points);
  const meanGy = sum / count;
  return {
    points,
    referenceMaxGy,
    evaluatedMaxGy: maximum(evaluated.values),
    meanGy,
    sigmaGy: Math.sqrt(Math.max(0, squares / count - meanGy * meanGy)),
    largestGy,
    largestAtMm: largestAt < 0 ? null : placeMm(grid, largestAt),
    identical: isOneGrid(reference, evaluated) && values.every((gy, at) => gy === evaluated.values[at]),
  };
}

function placeMm({ originMm, spacingMm, size: [nx, ny] }: Grid, at: number): readonly [number, number, number] {
  const index = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / (nx * ny))];
  const mm = (axis: 0 | 1 | 2): number => originMm[axis] + (index[axis] ?? 0) * spacingMm[axis];
  return [mm(0), mm(1), mm(2)];
}

const isOneGrid = (a: DoseOnGrid, b: DoseOnGrid): boolean =>
  JSON.stringify([a.grid.originMm, a.grid.spacingMm, a.grid.size]) ===
  JSON.stringify([b.grid.originMm, b.grid.spacingMm, b.grid.size]);

/** Where a voxel of the one lies in the other, in its voxels. */
function placesIn(
  { grid: from }: DoseOnGrid,
  { grid: to }: DoseOnGrid,
): (at: number) => readonly [number, number, number] {
  const [nx, ny] = from.size;
  const along = (index: number, axis: 0 | 1 | 2): number =>
    (from.originMm[axis] + index * from.spacingMm[axis] - to.originMm[axis]) / to.spacingMm[axis];
  return (at) => [along(at % nx, 0), along(Math.floor(at / nx) % ny, 1), along(Math.floor(at / (nx * ny)), 2)];
}
