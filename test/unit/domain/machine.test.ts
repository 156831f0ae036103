import { expect } from 'chai';
import { machineEntry } from '../../../src/domain/machine-entry.js';
import { machineOf } from '../../../src/domain/machine.js';

const machines = ['G1', 'G2', '/^TR\\d$/'].map((pattern) => ({ pattern, beamModel: 'generic' }));
const beams = (...names: readonly string[]) => names.map((machine, index) => ({ beamNumber: index + 1, machine }));

describe('The machine of a plan', () => {
  it('is told by the first entry whose pattern its name carries, upper and lower case alike', () => {
    expect(machineEntry(machines, 'proton_g2_room')?.pattern).to.equal('G2');
    expect(machineEntry(machines, 'TR3')?.pattern).to.equal('/^TR\\d$/');
    expect(machineEntry(machines, 'X')).to.equal(undefined);
  });

  it('is one: beams may name it differently, but not name two', () => {
    expect(machineOf(machines, beams('G1_PROTON', 'ROOM_G1'))?.pattern).to.equal('G1');
    expect(machineOf(machines, beams('X', 'Y'))).to.equal(undefined);
    expect(() => machineOf(machines, beams('G1', 'G1', 'G2')))
      .to.throw('beams 1 and 3 of the plan are of different machines')
      .with.property('severity', 'input');
    expect(() => machineOf(machines, beams('G1', 'X'))).to.throw('different machines');
  });
});
