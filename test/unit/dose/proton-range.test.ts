import { expect } from 'chai';
import { energyWithRangeMeV, rangeMm } from '../../../src/dose/proton-range.js';

describe('Range of protons in water', () => {
  // 230 MeV is no point of the table: it checks the interpolation against PSTAR's own value.
  const pstar = { 70: 40.8, 100: 77.2, 150: 157.7, 200: 259.6, 230: 329.5 };
  for (const [energy, range] of Object.entries(pstar)) {
    it(`is ${String(range)} mm at ${energy} MeV, as in NIST PSTAR`, () => {
      expect(rangeMm(Number(energy))).to.be.closeTo(range, 0.1);
    });
  }

  it('gives back the energy it was calculated from', () => {
    for (const energy of [2, 13, 70, 137, 231]) {
      expect(energyWithRangeMeV(rangeMm(energy))).to.be.closeTo(energy, 0.002 * energy);
    }
  });

  it('ends at 1 MeV', () => {
    expect(energyWithRangeMeV(0)).to.equal(1);
    expect(energyWithRangeMeV(0.02)).to.equal(1);
  });
});
