import { operator } from '../../../domain/errors.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { Grid } from '../../../domain/grid.js';
import type { Vec3 } from '../../../domain/vector.js';

/**
 * The log dialect's own water phantom knows no patient: its axes are those of the gantry at 0 degrees, its origin is the
 * isocentre, and the protons travel along -z, whatever angles and isocentre the plan gives. With the patient lying HFS:
 *
 *   gantry x = patient x,  gantry y = patient z,  gantry z = -patient y,  all from the isocentre.
 */
export function onGantryAxes({ originMm, spacingMm, size }: Grid, isocentreMm: Vec3): Grid {
  const lastY = originMm[1] + (size[1] - 1) * spacingMm[1];
  return {
    originMm: [originMm[0] - isocentreMm[0], originMm[2] - isocentreMm[2], isocentreMm[1] - lastY],
    spacingMm: [spacingMm[0], spacingMm[2], spacingMm[1]],
    size: [size[0], size[2], size[1]],
  };
}

/** Values of `onGantryAxes(grid)`, in the order of the grid itself. */
export function onPatientAxes(values: Float32Array, { size: [nx, ny, nz] }: Grid): Float32Array {
  const out = new Float32Array(values.length);
  for (let z = 0; z < nz; z++) {
    for (let y = 0; y < ny; y++) {
      const from = ((ny - 1 - y) * nz + z) * nx;
      out.set(values.subarray(from, from + nx), (z * ny + y) * nx);
    }
  }
  return out;
}

/**
 * The phantom as the log dialect is told of it, on the gantry's axes. The program reads whole millimetres: sides are moved
 * outwards to them, by less than 1 mm; the face that the beam enters by stays.
 * @throws operator `engine.settings`
 */
export function gantryBox({ doseGrid }: Geometry, isocentreMm: Vec3): Grid {
  const { originMm, spacingMm, size } = onGantryAxes(doseGrid, isocentreMm);
  if (!spacingMm.every(Number.isInteger)) {
    throw wrongSettings('geometry.phantom.spacingMm must be a whole number for moqui of dialect log');
  }
  const each = (axis: 0 | 1 | 2): { readonly first: number; readonly voxels: number } => {
    const side = spacingMm[axis];
    const low = originMm[axis] - side / 2;
    const high = low + size[axis] * side;
    if (axis === 2) return { first: Math.round(high) - size[axis] * side, voxels: size[axis] };
    const first = Math.floor(low + ROUNDING_MM);
    return { first, voxels: Math.ceil((high - first - ROUNDING_MM) / side) };
  };
  const [x, y, z] = [each(0), each(1), each(2)];
  return {
    originMm: [x.first + spacingMm[0] / 2, y.first + spacingMm[1] / 2, z.first + spacingMm[2] / 2],
    spacingMm,
    size: [x.voxels, y.voxels, z.voxels],
  };
}

/** Places are written to a millionth of a millimetre. */
const ROUNDING_MM = 1e-4;

export const wrongSettings = (what: string): Error =>
  operator('engine.settings', what, {
    remedy: 'correct the configuration and start the service again, then: mqi resume ID',
  });
