import { expect } from 'chai';
import { braggCurve, rangeSpreadMm, type DepthDose } from '../../../src/dose/depth-dose.js';
import { rangeMm } from '../../../src/dose/proton-range.js';

const PSTAR_MM = { 70: 40.8, 100: 77.2, 150: 157.7, 200: 259.6, 230: 329.5 };

function peakOf({ meVPerMm }: DepthDose): number {
  return meVPerMm.reduce((best, value, i) => (value > meVPerMm[best]! ? i : best), 0);
}

function distal80Mm(curve: DepthDose): number {
  const peak = peakOf(curve);
  const wanted = 0.8 * curve.meVPerMm[peak]!;
  const after = curve.meVPerMm.findIndex((value, i) => i > peak && value < wanted);
  const [above, below] = [curve.meVPerMm[after - 1]!, curve.meVPerMm[after]!];
  return (after - 1 + (above - wanted) / (above - below)) * curve.stepMm;
}

describe('Bragg curve', () => {
  for (const [energy, range] of Object.entries(PSTAR_MM)) {
    for (const spread of [0, 0.6, 1]) {
      it(`of ${energy} MeV with ${String(spread)} % spread falls to 80 % within 0.1 mm of the PSTAR range`, () => {
        expect(distal80Mm(braggCurve(Number(energy), spread))).to.be.closeTo(range, 0.1);
      });
    }
  }

  it('leaves 0.96 of the energy of 150 MeV protons in water: neutrons and photons carry off the rest', () => {
    expect(braggCurve(150, 0.6).cumulativeMeV.at(-1)! / 150).to.be.closeTo(0.96, 0.01);
  });

  it('begins at the electronic stopping power of PSTAR plus some 15 % of nuclear fragments', () => {
    expect(braggCurve(150, 0.6).meVPerMm[0]! / 0.5445).to.be.within(1.1, 1.2);
  });

  it('is the straggling-free curve of Bortfeld (eq. 25) far before the peak', () => {
    const [r0, p, beta, local] = [rangeMm(150) / 10, 1.77, 0.012, 0.6];
    const alpha = r0 / 150 ** p;
    const left = r0 - 5;
    const shape = left ** (1 / p - 1) + (beta + local * beta * p) * left ** (1 / p);
    const expected = shape / (p * alpha ** (1 / p) * (1 + beta * r0)) / 10;
    expect(braggCurve(150, 0.6).meVPerMm[500]! / expected).to.be.closeTo(1, 0.002);
  });

  it('widens with the energy spread, in quadrature with the straggling', () => {
    const straggling = rangeSpreadMm(150, 0);
    expect(straggling).to.be.closeTo(10 * 0.012 * 15.77 ** 0.935, 1e-6);
    expect(rangeSpreadMm(150, 0.6)).to.be.closeTo(Math.hypot(straggling, 1.77 * 157.7 * 0.006), 1e-6);
  });

  it('ends where nothing is left, and is never negative', () => {
    const { meVPerMm, cumulativeMeV } = braggCurve(100, 0.8);
    expect(meVPerMm.at(-1)! / Math.max(...meVPerMm)).to.be.below(1e-7);
    expect(meVPerMm.every((value) => value >= 0)).to.equal(true);
    expect(cumulativeMeV.every((value, i) => i === 0 || value >= cumulativeMeV[i - 1]!)).to.equal(true);
  });
});
