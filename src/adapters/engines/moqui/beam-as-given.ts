import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { Vec3 } from '../../../domain/vector.js';
import { asHfs } from '../../../dose/hfs-equivalent.js';

/**
 * The beam as moqui is to be told of it, which knows no patient position: angles as of a patient lying HFS. A phantom is
 * set to the beam: gantry and couch are 0 there.
 * @param shiftMm what is taken off all places, where the engine's grid lies elsewhere than the dose grid
 */
export function beamAsGiven(beam: BeamInput, { setToBeam }: Geometry, shiftMm: Vec3 = [0, 0, 0]): BeamInput {
  const angles = setToBeam ? { gantryAngleDeg: 0, couchAngleDeg: 0 } : asHfs(beam, beam.patientPosition);
  const [x, y, z] = beam.isocentreMm;
  return {
    ...beam,
    ...angles,
    patientPosition: 'HFS',
    isocentreMm: [x - shiftMm[0], y - shiftMm[1], z - shiftMm[2]],
  };
}
