import { expect } from 'chai';
import { gamma, parabolicCylinder, scaledParabolicCylinder } from '../../../src/dose/parabolic-cylinder.js';

/** a, zeta, e^(-zeta^2/4) D_(-a)(-zeta) by mpmath's pcfd in 15 digits: both sides of every change of method. */
const REFERENCE: readonly (readonly [number, number, number])[] = [
  [1 / 1.77, -20, 2.5443736616e-88],
  [1 / 1.77, -8, 3.885503437e-15],
  [1 / 1.77, -5.6, 5.7782011725e-8],
  [1 / 1.77, -5.4, 1.7702338824e-7],
  [1 / 1.77, -2, 8.4484690615e-2],
  [1 / 1.77, 0, 1.2302814848],
  [1 / 1.77, 1, 1.5252335926],
  [1 / 1.77, 4, 8.9072253956e-1],
  [1 / 1.77, 11.9, 5.4297352918e-1],
  [1 / 1.77, 12.1, 5.3901081607e-1],
  [1 / 1.77, 30, 3.6246217847e-1],
  [1 / 1.77 + 1, -20, 1.2672600816e-89],
  [1 / 1.77 + 1, -5.6, 9.8601877784e-9],
  [1 / 1.77 + 1, -5.4, 3.122937575e-8],
  [1 / 1.77 + 1, 0, 1.1445637934],
  [1 / 1.77 + 1, 4, 6.1128782859],
  [1 / 1.77 + 1, 12.1, 1.1509348489e1],
  [1 / 1.77 + 1, 30, 1.9237423583e1],
];

describe('Parabolic cylinder function', () => {
  for (const [a, zeta, value] of REFERENCE) {
    it(`order ${(-a).toFixed(3)} at ${String(zeta)} agrees with mpmath to 2e-7`, () => {
      expect(scaledParabolicCylinder(a, zeta) / value).to.be.closeTo(1, 2e-7);
    });
  }

  it('obeys the recurrence D(v+1) - x D(v) + v D(v-1) = 0', () => {
    for (const x of [-6, -2.5, 0.3, 3, 5.2]) {
      for (const a of [0.6, 1.3]) {
        const [above, here, below] = [a, a + 1, a + 2].map((order) => parabolicCylinder(order, x)) as [
          number,
          number,
          number,
        ];
        expect((above - x * here - (a + 1) * below) / above).to.be.closeTo(0, 1e-6);
      }
    }
  });

  it('is the Gaussian integral for order -1', () => {
    expect(scaledParabolicCylinder(1, 0)).to.be.closeTo(Math.sqrt(Math.PI / 2), 1e-12);
    expect(scaledParabolicCylinder(1, 9)).to.be.closeTo(Math.sqrt(2 * Math.PI), 1e-10);
  });

  it('knows the gamma function', () => {
    expect(gamma(0.25)).to.be.closeTo(3.625_609_908_221_908, 1e-12);
    expect(gamma(0.5)).to.be.closeTo(Math.sqrt(Math.PI), 1e-13);
    expect(gamma(5)).to.be.closeTo(24, 1e-11);
  });
});
