import { expect } from 'chai';
import { PATIENT_POSITIONS } from '../../../src/domain/beam-input.js';
import { beamAxes } from '../../../src/dose/coordinates.js';
import { asHfs } from '../../../src/dose/hfs-equivalent.js';

describe('angles as of a patient lying HFS', () => {
  for (const position of PATIENT_POSITIONS) {
    it(`give the same beam axes in the patient as the plan's in ${position}`, () => {
      for (const gantry of [0, 37, 90, 215]) {
        for (const couch of [0, 15, 90, 340]) {
          const given = asHfs({ gantryAngleDeg: gantry, couchAngleDeg: couch }, position);
          const [wanted, got] = [
            beamAxes(gantry, couch, position),
            beamAxes(given.gantryAngleDeg, given.couchAngleDeg, 'HFS'),
          ];
          for (const axis of ['x', 'y', 'z'] as const) {
            for (const i of [0, 1, 2] as const) expect(got[axis][i]).to.be.closeTo(wanted[axis][i], 1e-12);
          }
        }
      }
    });
  }
});
