import { expect } from 'chai';
import type { Grid } from '../../../src/domain/grid.js';
import type { DoseOnGrid } from '../../../src/dose/dose-on-grid.js';
import { doseDifference } from '../../../src/dose/dose-difference.js';
import { GAMMA_2_2, type GammaCriteria } from '../../../src/domain/dose-comparison.js';
import { GAMMA_CAP, gammaIndex } from '../../../src/dose/gamma.js';
import { bruteForceGamma } from '../../builders/brute-force-gamma.js';

const GRID: Grid = { originMm: [-15, -15, -15], spacingMm: [1.5, 2, 2.5], size: [21, 16, 13] };
/** A dose by place, mm. */
const dose = (at: (x: number, y: number, z: number) => number, grid = GRID): DoseOnGrid => {
  const [nx, ny, nz] = grid.size;
  const values = Float32Array.from({ length: nx * ny * nz }, (_, index) => {
    const place = [index % nx, Math.floor(index / nx) % ny, Math.floor(index / (nx * ny))];
    const [x, y, z] = place.map((n, axis) => grid.originMm[axis]! + n * grid.spacingMm[axis]!);
    return at(x!, y!, z!);
  });
  return { grid, values };
};
/** One point of the reference, the highest, in an evaluated dose around it. */
const onePoint = (gy: number, x = 0, y = 0, z = 0): DoseOnGrid => ({
  grid: { originMm: [x, y, z], spacingMm: [1, 1, 1], size: [1, 1, 1] },
  values: Float32Array.of(gy),
});

describe('the gamma index', () => {
  it('is 0 everywhere for a dose against itself', () => {
    const one = dose((x, y, z) => 4 + Math.sin(x / 3) + Math.cos(y / 4) * Math.sin(z / 5));
    const { points, passed, mean, max } = gammaIndex(one, one, GAMMA_2_2);
    expect(points).to.equal(21 * 16 * 13);
    expect([passed, mean, max]).to.deep.equal([points, 0, 0]);
  });

  for (const [percent, passes] of [
    [1, true],
    [1.999, true],
    [2.001, false],
    [3, false],
  ] as const) {
    it(`of a flat dose that is ${String(percent)} % of the maximum too high is ${String(percent / 2)}: no distance helps`, () => {
      const { points, passed, mean } = gammaIndex(
        dose(() => 50),
        dose(() => 50 + percent / 2),
        GAMMA_2_2,
      );
      expect(mean).to.be.closeTo(percent / 2, 1e-4);
      expect(passed).to.equal(passes ? points : 0);
    });
  }

  /** In a uniform gradient g (part of the maximum per mm) a difference d has gamma d / sqrt(dd^2 + (g x distance)^2). */
  for (const direction of [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
    [1, 1, 1],
    [2, -1, 0.5],
  ] as const) {
    it(`in a linear dose along ${direction.join(', ')} is what geometry says`, () => {
      const length = Math.hypot(...direction);
      for (const gradient of [0.02, 0.1]) {
        const linear = (x: number, y: number, z: number): number =>
          1 + (gradient * (direction[0] * x + direction[1] * y + direction[2] * z)) / length;
        for (const difference of [0.01, 0.03, -0.05]) {
          const evaluated = dose((x, y, z) => linear(x, y, z) + difference);
          const { mean } = gammaIndex(onePoint(1), evaluated, GAMMA_2_2);
          const due = Math.abs(difference) / Math.hypot(0.02, gradient * 2);
          expect(mean).to.be.within(due - 1e-6, due + (due > 0.5 ? 0.005 : 0.05));
        }
      }
    });
  }

  it('of a shifted steep field is the shift over the distance: 1.9 mm passes at the edge, 2.1 mm does not', () => {
    const edge = (at: number, x: number): number => 1 / (1 + Math.exp(-(x - at) * 8));
    const fine: Grid = { originMm: [-5, 0, 0], spacingMm: [0.1, 1, 1], size: [101, 1, 1] };
    for (const [shift, gamma] of [
      [1.9, 0.95],
      [2.1, 1.05],
    ] as const) {
      const evaluated = dose((x) => edge(shift, x), fine);
      expect(gammaIndex({ ...onePoint(0.5) }, evaluated, { ...GAMMA_2_2, dosePercent: 0.2 }).mean).to.be.closeTo(
        gamma,
        2e-3,
      );
    }
  });

  it('finds a match between voxel centres, which neither neighbour gives', () => {
    // 0 at one centre and 2 at the next, 4 mm away: 1 lies half way, 2 mm from both.
    const evaluated: DoseOnGrid = {
      grid: { originMm: [0, 0, 0], spacingMm: [4, 1, 1], size: [2, 1, 1] },
      values: Float32Array.of(0, 2),
    };
    expect(gammaIndex(onePoint(1), evaluated, { ...GAMMA_2_2, dosePercent: 0.01 }).mean).to.be.closeTo(1, 1e-3);
    expect(gammaIndex(onePoint(1, 2), evaluated, GAMMA_2_2).mean).to.be.closeTo(0, 1e-6);
  });

  it('leaves out what is below the threshold of the reference, and nothing else', () => {
    const ramp = dose((x) => (x + 15) / 30);
    const { points } = gammaIndex(ramp, ramp, GAMMA_2_2);
    expect(points).to.equal(19 * 16 * 13);
  });

  it('is the cap, and fails, where nothing within twice the criteria agrees or the evaluated dose does not reach', () => {
    expect(
      gammaIndex(
        onePoint(1),
        dose(() => 9),
        GAMMA_2_2,
      ),
    ).to.deep.include({ passed: 0, max: GAMMA_CAP });
    expect(
      gammaIndex(
        onePoint(1, 900),
        dose(() => 1),
        GAMMA_2_2,
      ),
    ).to.deep.include({ passed: 0, max: GAMMA_CAP });
    const justOutside = gammaIndex(
      onePoint(1, 15 + 1),
      dose(() => 1),
      GAMMA_2_2,
    );
    expect(justOutside.mean).to.be.closeTo(0.5, 1e-6);
  });

  it('is what trying every point of a mesh of 0.05 mm gives, for random doses on grids that differ', () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    const criteria: GammaCriteria = { dosePercent: 3, distanceMm: 1.5, thresholdPercent: 10 };
    const small: Grid = { originMm: [-2, -2, -2], spacingMm: [1.3, 1.1, 1.7], size: [4, 4, 4] };
    for (let round = 0; round < 6; round++) {
      const evaluated = dose(() => 0.9 + 0.2 * random(), small);
      const reference = onePoint(1, random() - 0.5, random() - 0.5, random() - 0.5);
      const { mean } = gammaIndex(reference, evaluated, criteria);
      const due = bruteForceGamma(reference, evaluated, criteria, 0.05);
      expect(mean).to.be.within(due - 0.03, due + (due > 0.5 ? 0.005 : 0.05));
    }
  });
});

describe('the difference of two doses', () => {
  it('is told by mean, spread, and the largest one with its place', () => {
    const reference = dose(() => 2);
    const values = Float32Array.from(reference.values, (gy, i) => gy + (i === 21 * 16 + 21 + 3 ? -0.5 : 0.01));
    const difference = doseDifference(reference, { ...reference, values }, 10);
    expect(difference).to.include({ points: 4368, referenceMaxGy: 2, identical: false });
    expect(difference.meanGy).to.be.closeTo(0.01 - 0.51 / 4368, 1e-6);
    expect(difference.sigmaGy).to.be.closeTo(Math.sqrt(0.51 ** 2 / 4368), 1e-4);
    expect(difference.largestGy).to.be.closeTo(-0.5, 1e-6);
    expect(difference.largestAtMm).to.deep.equal([-15 + 3 * 1.5, -13, -12.5]);
  });

  it('is none for the same dose, and is taken between the centres of another grid', () => {
    const linear = (x: number, y: number, z: number): number => 100 + x + 2 * y - z;
    const reference = dose(linear);
    expect(doseDifference(reference, dose(linear), 10)).to.include({ largestGy: 0, identical: true });
    const finer = dose(linear, { originMm: [-16, -17, -16], spacingMm: [0.7, 0.9, 1.1], size: [50, 40, 40] });
    const difference = doseDifference(reference, finer, 10);
    expect(Math.abs(difference.largestGy)).to.be.lessThan(1e-4);
    expect(difference.identical).to.equal(false);
  });
});
