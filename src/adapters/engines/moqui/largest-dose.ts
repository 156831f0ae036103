import type { Grid } from '../../../domain/grid.js';
import type { CtVolume } from '../../../ports/engine-dicom.js';

/** CT numbers below it are air: lung tissue, fat and foam lie above. */
const AIR_HU = -900;

/** Gy. */
export interface LargestDose {
  /** Where the CT shows air, as far as it is above what was found elsewhere before it; else 0. */
  readonly inAirGy: number;
  readonly elsewhereGy: number;
}

/**
 * The largest dose in air and elsewhere. moqui's air weighs 0.0113 g/cm3, so that one proton that stops in a small voxel of
 * it leaves several Gy: with the real program the largest dose of whole beams lay so. It says nothing of the patient.
 *
 * @param dose on `grid`, patient axes; each voxel counts as what the CT shows nearest to its centre
 */
export async function largestDose(dose: Float32Array, grid: Grid, ct: CtVolume): Promise<LargestDose> {
  const [columns, rows] = ([0, 1] as const).map((axis) => nearest(grid, ct.grid, axis));
  const places = (rows ?? []).flatMap((row) => (columns ?? []).map((column) => row * ct.grid.size[0] + column));
  let found: LargestDose = { inAirGy: 0, elsewhereGy: 0 };
  for (const [k, slice] of nearest(grid, ct.grid, 2).entries()) {
    const hu = await ct.slice(slice);
    const plane = dose.subarray(k * places.length, (k + 1) * places.length);
    found = withPlane(found, plane, (i) => hu[places[i] ?? 0] ?? 0);
  }
  return found;
}

function withPlane(before: LargestDose, plane: Float32Array, huAt: (i: number) => number): LargestDose {
  let { inAirGy, elsewhereGy } = before;
  for (const [i, gy] of plane.entries()) {
    if (gy <= elsewhereGy) continue;
    if (huAt(i) >= AIR_HU) elsewhereGy = gy;
    else if (gy > inAirGy) inAirGy = gy;
  }
  return { inAirGy, elsewhereGy };
}

/** Null unless air holds the largest dose. */
export const inAirRemark = ({ inAirGy, elsewhereGy }: LargestDose): string | null =>
  inAirGy > elsewhereGy
    ? `largest dose of the beam lies in air: ${inAirGy.toPrecision(3)} Gy, ${elsewhereGy.toPrecision(3)} Gy elsewhere`
    : null;

/** Of each voxel along an axis, the one of the CT that lies nearest. */
const nearest = (grid: Grid, ct: Grid, axis: 0 | 1 | 2): readonly number[] =>
  Array.from({ length: grid.size[axis] }, (_, index) => {
    const mm = grid.originMm[axis] + index * grid.spacingMm[axis] - ct.originMm[axis];
    return Math.min(Math.max(Math.round(mm / ct.spacingMm[axis]), 0), ct.size[axis] - 1);
  });
