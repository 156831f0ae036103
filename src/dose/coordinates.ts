import type { PatientPosition } from '../domain/beam-input.js';
import type { Vec3 } from '../domain/vector.js';

/** The axes of the IEC gantry system as unit vectors in DICOM patient coordinates; z points to the source. */
export interface BeamAxes {
  readonly x: Vec3;
  readonly y: Vec3;
  readonly z: Vec3;
}

/**
 * IEC 61217: in the fixed system, seen by someone who faces the gantry, X is to the right, Y towards the gantry, Z up.
 * The gantry turns clockwise about Y (at 90 degrees the source is at +X); the couch turns counter-clockwise, seen from
 * above, about Z and takes the patient along.
 */
export function beamAxes(gantryAngleDeg: number, couchAngleDeg: number, position: PatientPosition): BeamAxes {
  const [sinG, cosG] = sinCos(gantryAngleDeg);
  const [sinC, cosC] = sinCos(couchAngleDeg);
  const toCouch = ([x, y, z]: Vec3): Vec3 => [cosC * x + sinC * y, cosC * y - sinC * x, z];
  const toPatient = (fixed: Vec3): Vec3 => COUCH_TO_PATIENT[position](...toCouch(fixed));
  return { x: toPatient([cosG, 0, -sinG]), y: toPatient([0, 1, 0]), z: toPatient([sinG, 0, cosG]) };
}

export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const minus = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];

/**
 * DICOM patient axes (x to the patient's left, y to the back, z to the head) from the couch's (right, towards the gantry,
 * up): the first letters say which end of the patient is at the gantry, the last whether the face is up (S) or down (P).
 */
const COUCH_TO_PATIENT: Readonly<Record<PatientPosition, (x: number, y: number, z: number) => Vec3>> = {
  HFS: (x, y, z) => [x, -z, y],
  HFP: (x, y, z) => [-x, z, y],
  FFS: (x, y, z) => [-x, -z, -y],
  FFP: (x, y, z) => [x, z, -y],
};

/** Exact at multiples of 90 degrees, so that such beams stay exactly along the axes. */
function sinCos(angleDeg: number): readonly [number, number] {
  const quarter = angleDeg / 90;
  if (Number.isInteger(quarter)) {
    const turn = ((quarter % 4) + 4) % 4;
    return [
      [0, 1],
      [1, 0],
      [0, -1],
      [-1, 0],
    ][turn] as [number, number];
  }
  const radians = (angleDeg * Math.PI) / 180;
  return [Math.sin(radians), Math.cos(radians)];
}
