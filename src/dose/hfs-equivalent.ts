import type { PatientPosition } from '../domain/beam-input.js';

export interface BeamAngles {
  readonly gantryAngleDeg: number;
  readonly couchAngleDeg: number;
}

/**
 * Angles that give the same beam, axes included, in a patient lying HFS: for engines that know no other position. Feet
 * first is the couch turned by 180 degrees. Prone is half a turn about the gantry's axis, which the gantry makes up for;
 * it changes the sense in which the couch turns.
 */
export function asHfs({ gantryAngleDeg, couchAngleDeg }: BeamAngles, position: PatientPosition): BeamAngles {
  const prone = position.endsWith('P');
  const feetFirst = position.startsWith('FF');
  return {
    gantryAngleDeg: turn(gantryAngleDeg + (prone ? 180 : 0)),
    couchAngleDeg: turn((prone ? -1 : 1) * couchAngleDeg + (feetFirst ? 180 : 0)),
  };
}

const turn = (angleDeg: number): number => ((angleDeg % 360) + 360) % 360;
