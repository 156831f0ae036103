import { expect } from 'chai';
import fc from 'fast-check';
import { decimalString, decimalStringAtLeast } from '../../src/adapters/dicom/writing/decimal-string.js';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe('decimal strings (VR DS)', () => {
  it('hold any number in 16 legal characters, true to 1e-8 or better', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const text = decimalString(value);
        expect(text)
          .to.match(/^-?\d+(\.\d+)?(e[+-]\d+)?$/)
          .and.to.have.length.at.most(16);
        expect(Math.abs(Number(text) - value)).to.be.at.most(Math.abs(value) * 1e-8 + Number.MIN_VALUE);
      }),
    );
  });

  it('are exact where 16 characters suffice', () => {
    const whole = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
    fc.assert(fc.property(whole, (micrometres) => Number(decimalString(micrometres / 1000)) === micrometres / 1000));
    expect(decimalString(0)).to.equal('0');
    expect(decimalString(-0)).to.equal('0');
    expect(decimalString(-149.70703125)).to.equal('-149.70703125');
  });

  it('can be rounded up, so that a dose divided by them still fits its pixels', () => {
    const positive = fc.double({ min: 1e-300, max: 1e300, noNaN: true });
    fc.assert(
      fc.property(positive, (value) => {
        const text = decimalStringAtLeast(value);
        expect(text).to.have.length.at.most(16);
        expect(Number(text))
          .to.be.at.least(value)
          .and.at.most(value * (1 + 1e-8));
      }),
    );
  });

  it('refuse what is no finite number', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(() => decimalString(value)).to.throw('finite');
  });
});
