import { expect } from 'chai';
import { gaussianCdf } from '../../../src/dose/gaussian.js';

describe('Gaussian integral', () => {
  const known = [
    [0, 0.5],
    [1, 0.841_344_746],
    [-1, 0.158_655_254],
    [1.2345, 0.891_491_4],
    [2.5, 0.993_790_335],
    [4, 0.999_968_329],
  ] as const;
  for (const [x, value] of known) {
    it(`up to ${String(x)} is ${String(value)}`, () => {
      expect(gaussianCdf(x)).to.be.closeTo(value, 1e-6);
    });
  }

  it('is 0 and 1 far out', () => {
    expect(gaussianCdf(-40)).to.equal(0);
    expect(gaussianCdf(40)).to.equal(1);
  });
});
