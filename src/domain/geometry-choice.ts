import type { Geometry } from './geometry.js';
import type { Grid } from './grid.js';
import { roundMm } from './ct-series.js';
import type { Vec3 } from './vector.js';

export interface PhantomChoice {
  /** Two sides across the beam, and the depth along it. */
  readonly sizeMm: Vec3;
  readonly spacingMm: number;
}

/** Dose spacing as configured; null: the CT's own, but at least this. */
const LEAST_SPACING_MM = 2;

export interface CtGeometryInput {
  readonly frameOfReferenceUid: string;
  readonly ctGrid: Grid;
  readonly ctPath: string;
  readonly huToRsp: readonly (readonly [number, number])[];
  readonly doseSpacingMm: number | readonly [number, number, number] | null;
}

/** The patient: dose over the whole extent of the CT. */
export function ctGeometry(from: CtGeometryInput): Geometry {
  return {
    format: 'mqi-geometry/1',
    kind: 'ct',
    frameOfReferenceUid: from.frameOfReferenceUid,
    doseGrid: doseGridOver(from.ctGrid, from.doseSpacingMm),
    ctPath: from.ctPath,
    huToRsp: from.huToRsp,
    phantom: null,
    setToBeam: false,
  };
}

/**
 * A water box set to the beam, as in machine QA: gantry and couch count as 0 and the position as HFS, so the beam enters
 * at -y and travels along +y. Its front lies in the isocentre plane, its axis on the beam's.
 */
export function phantomGeometry(frameOfReferenceUid: string, isocentreMm: Vec3, phantom: PhantomChoice): Geometry {
  const [across, along, depth] = phantom.sizeMm;
  const [x, y, z] = isocentreMm;
  const minMm: Vec3 = [roundMm(x - across / 2), roundMm(y), roundMm(z - along / 2)];
  const maxMm: Vec3 = [roundMm(x + across / 2), roundMm(y + depth), roundMm(z + along / 2)];
  const voxels = (size: number): number => Math.max(1, Math.round(size / phantom.spacingMm));
  const half = phantom.spacingMm / 2;
  return {
    format: 'mqi-geometry/1',
    kind: 'water-phantom',
    frameOfReferenceUid,
    doseGrid: {
      originMm: [roundMm(minMm[0] + half), roundMm(minMm[1] + half), roundMm(minMm[2] + half)],
      spacingMm: [phantom.spacingMm, phantom.spacingMm, phantom.spacingMm],
      size: [voxels(across), voxels(depth), voxels(along)],
    },
    ctPath: null,
    huToRsp: null,
    phantom: { minMm, maxMm },
    setToBeam: true,
  };
}

/** Voxels that begin at the CT's outer faces and cover it to within half a voxel, their centres all inside. */
function doseGridOver(ct: Grid, wanted: CtGeometryInput['doseSpacingMm']): Grid {
  const axes = ([0, 1, 2] as const).map((axis) => {
    const own = ct.spacingMm[axis];
    const spacing =
      wanted === null ? Math.max(LEAST_SPACING_MM, own) : typeof wanted === 'number' ? wanted : wanted[axis];
    if (spacing === own) return { origin: ct.originMm[axis], spacing, size: ct.size[axis] };
    const face = ct.originMm[axis] - own / 2;
    const size = Math.max(1, Math.round((ct.size[axis] * own) / spacing));
    return { origin: roundMm(face + spacing / 2), spacing, size };
  });
  const each = (pick: (axis: (typeof axes)[number]) => number): Vec3 => {
    const [x = 0, y = 0, z = 0] = axes.map(pick);
    return [x, y, z];
  };
  return { originMm: each((a) => a.origin), spacingMm: each((a) => a.spacing), size: each((a) => a.size) };
}
