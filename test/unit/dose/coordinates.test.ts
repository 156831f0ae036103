import { expect } from 'chai';
import type { PatientPosition } from '../../../src/domain/beam-input.js';
import type { Vec3 } from '../../../src/domain/vector.js';
import { beamAxes, dot } from '../../../src/dose/coordinates.js';

/**
 * By hand. A patient lying on the back, head to the gantry (HFS): left hand at the room's +X, back down. Couch 90 turns the
 * table's gantry end (+Y) counter-clockwise, seen from above, to the room's -X.
 * Rows: position, gantry, couch, direction to the source, gantry X, gantry Y, in patient coordinates (left, back, head).
 */
const BY_HAND: readonly (readonly [PatientPosition, number, number, Vec3, Vec3, Vec3])[] = [
  ['HFS', 0, 0, [0, -1, 0], [1, 0, 0], [0, 0, 1]],
  ['HFS', 90, 0, [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  ['HFS', 180, 0, [0, 1, 0], [-1, 0, 0], [0, 0, 1]],
  ['HFS', 270, 0, [-1, 0, 0], [0, -1, 0], [0, 0, 1]],
  ['HFP', 0, 0, [0, 1, 0], [-1, 0, 0], [0, 0, 1]],
  ['HFP', 90, 0, [-1, 0, 0], [0, -1, 0], [0, 0, 1]],
  ['HFP', 180, 0, [0, -1, 0], [1, 0, 0], [0, 0, 1]],
  ['HFP', 270, 0, [1, 0, 0], [0, 1, 0], [0, 0, 1]],
  ['FFS', 0, 0, [0, -1, 0], [-1, 0, 0], [0, 0, -1]],
  ['FFS', 90, 0, [-1, 0, 0], [0, 1, 0], [0, 0, -1]],
  ['FFS', 180, 0, [0, 1, 0], [1, 0, 0], [0, 0, -1]],
  ['FFS', 270, 0, [1, 0, 0], [0, -1, 0], [0, 0, -1]],
  ['FFP', 0, 0, [0, 1, 0], [1, 0, 0], [0, 0, -1]],
  ['FFP', 90, 0, [1, 0, 0], [0, -1, 0], [0, 0, -1]],
  ['FFP', 180, 0, [0, -1, 0], [-1, 0, 0], [0, 0, -1]],
  ['FFP', 270, 0, [-1, 0, 0], [0, 1, 0], [0, 0, -1]],
  // Couch 90, HFS: the head points to the room's -X, the left hand to +Y; a beam from +X comes in at the feet.
  ['HFS', 0, 90, [0, -1, 0], [0, 0, -1], [1, 0, 0]],
  ['HFS', 90, 90, [0, 0, -1], [0, 1, 0], [1, 0, 0]],
  ['HFS', 270, 90, [0, 0, 1], [0, -1, 0], [1, 0, 0]],
  // Couch 270: the head points to the room's +X: a beam from +X comes in at the vertex.
  ['HFS', 90, 270, [0, 0, 1], [0, 1, 0], [-1, 0, 0]],
  ['HFS', 0, 180, [0, -1, 0], [-1, 0, 0], [0, 0, -1]],
  ['HFP', 90, 90, [0, 0, -1], [0, -1, 0], [-1, 0, 0]],
  ['FFS', 90, 90, [0, 0, 1], [0, 1, 0], [-1, 0, 0]],
  ['FFP', 90, 90, [0, 0, 1], [0, -1, 0], [1, 0, 0]],
];

describe('Beam directions in the patient', () => {
  for (const [position, gantry, couch, source, x, y] of BY_HAND) {
    it(`${position}, gantry ${String(gantry)}, couch ${String(couch)}: from (${source.join(', ')})`, () => {
      const axes = beamAxes(gantry, couch, position);
      expect(plain(axes.z)).to.deep.equal(source);
      expect(plain(axes.x)).to.deep.equal(x);
      expect(plain(axes.y)).to.deep.equal(y);
    });
  }

  it("turns the gantry clockwise for someone who faces it: at 30 degrees halfway up on the patient's left", () => {
    const { z } = beamAxes(30, 0, 'HFS');
    expect(z[0]).to.be.closeTo(0.5, 1e-12);
    expect(z[1]).to.be.closeTo(-Math.sqrt(0.75), 1e-12);
    expect(z[2]).to.be.closeTo(0, 1e-12);
  });

  it('turns the couch counter-clockwise seen from above: at 30 degrees a beam from the left comes from the feet, too', () => {
    const { z } = beamAxes(90, 30, 'HFS');
    expect(z[0]).to.be.closeTo(Math.sqrt(0.75), 1e-12);
    expect(z[2]).to.be.closeTo(-0.5, 1e-12);
  });

  it('has right-handed axes of length one at any angles', () => {
    for (const position of ['HFS', 'HFP', 'FFS', 'FFP'] as const) {
      for (const gantry of [0, 17, 133, 359.5]) {
        const { x, y, z } = beamAxes(gantry, gantry / 3, position);
        const cross: Vec3 = [y[1] * z[2] - y[2] * z[1], y[2] * z[0] - y[0] * z[2], y[0] * z[1] - y[1] * z[0]];
        expect(dot(cross, x)).to.be.closeTo(1, 1e-12);
        expect([dot(x, x), dot(y, y), dot(z, z)].every((length) => Math.abs(length - 1) < 1e-12)).to.equal(true);
      }
    }
  });

  it('takes -90 and 630 degrees for 270', () => {
    expect(beamAxes(-90, 0, 'HFS')).to.deep.equal(beamAxes(270, 0, 'HFS'));
    expect(beamAxes(630, 0, 'HFS')).to.deep.equal(beamAxes(270, 0, 'HFS'));
  });
});

/** Without negative zeros, which deep equality tells apart. */
const plain = (vector: Vec3): Vec3 => [vector[0] + 0, vector[1] + 0, vector[2] + 0];
