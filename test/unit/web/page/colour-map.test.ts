import { expect } from 'chai';
import { DOSE_COLOURS, doseColour } from '../../../../src/web/page/case/dose/colour-map.js';

/** CIE L* of an sRGB colour: lightness as people see it, by another standard than the one the map is made with. */
function lightness(rgb: readonly number[]): number {
  const [r = 0, g = 0, b = 0] = rgb.map((byte) => {
    const value = byte / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  const y = 0.2126729 * r + 0.7151522 * g + 0.072175 * b;
  return y <= 216 / 24_389 ? (y * 24_389) / 27 : 116 * Math.cbrt(y) - 16;
}

describe('the colours of dose', () => {
  it('grow lighter with every step, so that more dose never looks like less', () => {
    const steps = DOSE_COLOURS.map(lightness);
    for (let i = 4; i < steps.length; i += 4) expect(steps[i]).to.be.greaterThan(steps[i - 4] ?? 0);
  });

  it('grow lighter evenly: no eighth of the scale has more than twice the lightness of another', () => {
    const eighths = Array.from(
      { length: 8 },
      (_, i) => lightness(doseColour((i + 1) / 8)) - lightness(doseColour(i / 8)),
    );
    expect(Math.max(...eighths) / Math.min(...eighths)).to.be.lessThan(2);
  });

  it('begin dark and end light, and stay at the ends beyond the scale', () => {
    expect(lightness(doseColour(0))).to.be.lessThan(12);
    expect(lightness(doseColour(1))).to.be.greaterThan(88);
    expect(doseColour(7)).to.deep.equal(doseColour(1));
    expect(doseColour(-1)).to.deep.equal(doseColour(0));
  });
});
