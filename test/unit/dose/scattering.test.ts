import { expect } from 'chai';
import { energyWithRangeMeV, rangeMm } from '../../../src/dose/proton-range.js';
import {
  drift,
  gatheredAngle,
  NO_SPREAD,
  pvMeV,
  scatter,
  scatteringPower,
  sigmaInWaterMm,
  throughWater,
} from '../../../src/dose/scattering.js';

/**
 * Highland's formula generalised to thick water (B. Gottschalk et al., Nucl. Instrum. Methods B74 (1993) 467-490; L. Hong
 * et al., Phys. Med. Biol. 41 (1996) 1305-1330, eq. 9): sigma^2(z) = (1 + lg(z/L)/9)^2 * integral of
 * (14.1 MeV / pv)^2 (z - z')^2 dz' / L, with the radiation length L = 360.8 mm of water.
 */
function highlandSigmaMm(energyMeV: number, depthMm: number): number {
  const radiationLengthMm = 360.8;
  const step = 0.05;
  let sum = 0;
  for (let z = step / 2; z < depthMm; z += step) {
    const pv = pvMeV(energyWithRangeMeV(Math.max(rangeMm(energyMeV) - z, 0.05)));
    sum += ((14.1 / pv) ** 2 * (depthMm - z) ** 2 * step) / radiationLengthMm;
  }
  return (1 + Math.log10(depthMm / radiationLengthMm) / 9) * Math.sqrt(sum);
}

describe('Scattering in water', () => {
  for (const energy of [70, 100, 150, 200, 230]) {
    for (const part of [0.25, 0.5, 0.75, 1]) {
      it(`spreads ${String(energy)} MeV to Highland's sigma at ${String(part)} of the range, within 7 %`, () => {
        const depth = part * rangeMm(energy);
        expect(sigmaInWaterMm(energy, depth) / highlandSigmaMm(energy, depth)).to.be.closeTo(1, 0.07);
      });
    }
  }

  it('spreads a beam that stops to about 2.2 % of its range', () => {
    for (const energy of [100, 160, 230]) {
      expect(sigmaInWaterMm(energy, rangeMm(energy)) / rangeMm(energy)).to.be.within(0.02, 0.025);
    }
  });

  it("is Gottschalk's formula", () => {
    // Half of p1v1 left at 100 MeV pv: f = 0.5244 + 0.1975 lg(3/4) + 0.2320 * 2 - 0.0098 * 2 * lg(3/4)
    const f = 0.5244 + (0.1975 - 0.0196) * Math.log10(0.75) + 0.464;
    expect(scatteringPower(100, 200)).to.be.closeTo((f * 0.0225) / 468.8, 1e-9);
  });

  it('takes the scattering length of water from its composition (46.88 g/cm2)', () => {
    const inverse = (z: number, a: number): number =>
      (((6.022_14e23 * 2.817_94e-13 ** 2) / 137.036) * z ** 2 * (2 * Math.log(33_219 * (a * z) ** (-1 / 3)) - 1)) / a;
    const water = 0.111_89 * inverse(1, 1.007_94) + 0.888_11 * inverse(8, 15.999_4);
    const f = 0.5244 + (0.1975 - 0.0196) * Math.log10(0.75) + 0.464;
    expect((f * 0.0225 * (water / 10)) / scatteringPower(100, 200)).to.be.closeTo(1, 0.001);
  });

  it('spreads by angle times distance in a drift', () => {
    const behind = drift({ angle: 1e-4, covariance: 0, position: 9 }, 100);
    expect(behind.position).to.be.closeTo(10, 1e-12);
    expect(behind.covariance).to.be.closeTo(0.01, 1e-12);
  });

  it('spreads the same in one step as in two halves', () => {
    const whole = scatter(NO_SPREAD, 10, 2e-4);
    const halves = scatter(scatter(NO_SPREAD, 5, 1e-4), 5, 1e-4);
    expect(halves.position).to.be.closeTo(whole.position, 1e-12);
    expect(halves.covariance).to.be.closeTo(whole.covariance, 1e-12);
  });

  it('scatters the same through one slab as through two that follow each other', () => {
    const angle = gatheredAngle(150, 1200, 0.1);
    const two = throughWater(throughWater(NO_SPREAD, angle, 0.1, 0, 30), angle, 0.1, 30, 27);
    const one = throughWater(NO_SPREAD, angle, 0.1, 0, 57);
    expect(two.position / one.position).to.be.closeTo(1, 1e-6);
  });
});
