import { expect } from 'chai';
import fc from 'fast-check';
import { LARGEST_PIXEL, quantise, scalingFor, scalingForSum } from '../../src/adapters/dicom/writing/dose-scaling.js';

/** Doses of any size that could be meant, and far beyond. */
const maxima = fc.double({ min: 1e-100, max: 1e100, noNaN: true });
const fractions = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 50 });

const pixelsOf = (doses: readonly number[], scaling: number): readonly number[] => {
  const bytes = quantise(Float64Array.from(doses), scaling);
  return doses.map((_, index) => bytes.readUInt32LE(index * 4));
};

describe('DoseGridScaling', () => {
  it('keeps every dose to half a step, and the maximum to a millionth and better, whatever the maximum is', () => {
    fc.assert(
      fc.property(maxima, fractions, (maximum, shares) => {
        const scaling = Number(scalingFor(maximum));
        const doses = [maximum, ...shares.map((share) => share * maximum)];
        const pixels = pixelsOf(doses, scaling);
        expect(Math.max(...pixels))
          .to.equal(pixels[0])
          .and.be.at.most(LARGEST_PIXEL);
        pixels.forEach((pixel, index) => {
          expect(Math.abs(pixel * scaling - doses[index]!)).to.be.at.most(scaling * 0.500001);
        });
        expect(Math.abs(pixels[0]! * scaling - maximum)).to.be.at.most(maximum * 1e-9);
      }),
    );
  });

  it('of a sum leaves room for every sum of pixels, and keeps the maximum to a millionth', () => {
    const scalings = fc.array(fc.double({ min: 1e-20, max: 1e3, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(scalings, (beams) => {
        const scaling = Number(scalingForSum(beams));
        const highest = beams.reduce((sum, beam) => sum + beam * LARGEST_PIXEL, 0);
        const largestBeam = Math.max(...beams) * LARGEST_PIXEL;
        const [top = 0, single = 0] = pixelsOf([highest, largestBeam], scaling);
        expect(top).to.be.at.most(LARGEST_PIXEL);
        expect(Math.abs(single * scaling - largestBeam)).to.be.at.most(largestBeam * 1e-6);
      }),
    );
  });

  it('is written in 16 characters', () => {
    fc.assert(fc.property(maxima, (maximum) => scalingFor(maximum).length <= 16));
  });

  it('refuses a maximum that is no dose', () => {
    for (const maximum of [0, -1, 1e-200, 1e200, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => scalingFor(maximum))
        .to.throw()
        .with.property('code', 'dose.bad-values');
    }
  });
});
