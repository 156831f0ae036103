import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import { asHfs } from '../../../dose/hfs-equivalent.js';

/**
 * The beam as moqui is to be told of it, which knows no patient position: angles as of a patient lying HFS. A phantom is
 * set to the beam: gantry and couch are 0 there.
 */
export function beamAsGiven(beam: BeamInput, { setToBeam }: Geometry): BeamInput {
  const angles = setToBeam ? { gantryAngleDeg: 0, couchAngleDeg: 0 } : asHfs(beam, beam.patientPosition);
  return { ...beam, ...angles, patientPosition: 'HFS' };
}
