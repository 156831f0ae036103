import { expect } from 'chai';
import { isoLine } from '../../../../src/web/page/case/dose/isodose-lines.js';
import { extentOf, extentOfDose, rasterValues, valueNear } from '../../../../src/web/page/case/dose/raster-values.js';

const COLUMNS = 41;
/** A cone: the value falls evenly with the distance from the middle. */
const cone = {
  columns: COLUMNS,
  rows: COLUMNS,
  originMm: [-40, 40] as const,
  spacingMm: [2, -2] as const,
  values: Uint16Array.from({ length: COLUMNS ** 2 }, (_, i) => {
    const [x, y] = [(i % COLUMNS) - 20, Math.floor(i / COLUMNS) - 20];
    return Math.max(0, 1000 - 50 * Math.hypot(x, y));
  }),
};

describe('isodose lines', () => {
  it('lie where the dose is what they say: of a cone a circle of the right radius', () => {
    const segments = isoLine(cone, 500);
    const radii = segments.flatMap(([x1, y1, x2, y2]) => [Math.hypot(x1 - 20, y1 - 20), Math.hypot(x2 - 20, y2 - 20)]);
    expect(Math.min(...radii)).to.be.closeTo(10, 0.08);
    expect(Math.max(...radii)).to.be.closeTo(10, 0.08);
    const length = segments.reduce((sum, [x1, y1, x2, y2]) => sum + Math.hypot(x2 - x1, y2 - y1), 0);
    expect(length).to.be.closeTo(2 * Math.PI * 10, 0.5);
  });

  it('are closed: each end is the end of exactly two pieces', () => {
    const ends = new Map<string, number>();
    for (const [x1, y1, x2, y2] of isoLine(cone, 333)) {
      for (const end of [`${x1.toFixed(6)} ${y1.toFixed(6)}`, `${x2.toFixed(6)} ${y2.toFixed(6)}`]) {
        ends.set(end, (ends.get(end) ?? 0) + 1);
      }
    }
    expect(ends.size).to.be.greaterThan(20);
    expect([...ends.values()].every((count) => count === 2)).to.equal(true);
  });

  it('are none where the dose is everywhere less, or everywhere more', () => {
    expect(isoLine(cone, 2000)).to.deep.equal([]);
    expect(isoLine({ ...cone, values: new Uint16Array(COLUMNS ** 2).fill(7) }, 5)).to.deep.equal([]);
  });

  it('part two peaks that touch at a corner where the mean is less, and join them where it is more', () => {
    const saddle = (a: number, b: number): readonly (readonly number[])[] =>
      isoLine({ ...cone, columns: 2, rows: 2, values: Uint16Array.of(a, b, b, a) }, 50);
    // Two corners of 100 and two of nothing: mean 50 joins; with corners of 60 they stand alone.
    expect(saddle(100, 0)).to.have.length(2);
    expect(saddle(100, 0)).to.not.deep.equal(saddle(60, 0));
  });
});

describe('values of a plane', () => {
  it('are read at a place in mm, also where rows go downwards', () => {
    expect(valueNear(cone, 0, 0)).to.equal(1000);
    expect(valueNear(cone, 20.9, 0)).to.equal(500);
    expect(valueNear(cone, 0, 41.5)).to.equal(null);
    expect(extentOf(cone)).to.deep.equal({ left: -41, right: 41, top: 41, bottom: -41 });
  });

  it('show the part with dose and a margin, within the plane', () => {
    expect(extentOfDose(cone, 500, 4)).to.deep.equal({ left: -25, right: 25, top: 25, bottom: -25 });
    expect(extentOfDose(cone, 1, 30)).to.deep.equal({ left: -41, right: 41, top: 41, bottom: -41 });
    expect(extentOfDose(cone, 1001, 4)).to.equal(null);
  });

  it('come out of their text as they were: doses without sign, HU with it', () => {
    const bytes = Buffer.from(Int16Array.of(-1000, 40).buffer).toString('base64');
    const raster = { columns: 2, rows: 1, originMm: [0, 0] as const, spacingMm: [1, 1] as const, values: bytes };
    expect([...rasterValues(raster, 'ct').values]).to.deep.equal([-1000, 40]);
    expect([...rasterValues(raster, 'dose').values]).to.deep.equal([64_536, 40]);
  });
});
