import { expect } from 'chai';
import { BEAM_ON_ACTUAL, BEAM_ON_PLANNED } from '../../../src/domain/delivered-rows.js';
import type { DeliveredRows } from '../../../src/domain/delivered-rows.js';
import { deliveredSpots } from '../../../src/domain/delivered-spots.js';
import { compareDelivery } from '../../../src/domain/delivery-comparison.js';

const ON = BEAM_ON_PLANNED | BEAM_ON_ACTUAL | 1;
/** Rows as [x, y, counts, flags]; beam on if no flags are given. */
function rowsOf(rows: readonly (readonly [number, number, number, number?])[]): DeliveredRows {
  return {
    rows: rows.length,
    intervalMs: 0.06,
    xMm: Float32Array.from(rows, ([x]) => x),
    yMm: Float32Array.from(rows, ([, y]) => y),
    xSizeMm: new Float32Array(rows.length),
    ySizeMm: new Float32Array(rows.length),
    counts: Float32Array.from(rows, ([, , counts]) => counts),
    flags: Uint16Array.from(rows, ([, , , flags]) => flags ?? ON),
  };
}

describe('Delivered spots', () => {
  it('are rows that stay together: mean place by counts, counts added up, time by rows', () => {
    const { spots } = deliveredSpots(
      rowsOf([
        [0, 0, 10],
        [0.5, 0, 30],
        [5, 0, 7],
        [5, 0.25, 7],
      ]),
      1,
    );
    expect(spots).to.have.length(2);
    expect(spots[0]!).to.deep.include({ xMm: 0.375, yMm: 0, counts: 40, durationMs: 0.12 });
    expect(spots[1]!).to.deep.include({ xMm: 5, yMm: 0.125, counts: 14 });
  });

  it('end where the beam was off, and where the next painting begins', () => {
    expect(
      deliveredSpots(
        rowsOf([
          [0, 0, 5],
          [0, 0, 2, BEAM_ON_PLANNED | 1],
          [0, 0, 5],
        ]),
        1,
      ),
    ).to.deep.include({ countsBeamOff: 2 });
    expect(
      deliveredSpots(
        rowsOf([
          [0, 0, 5],
          [0, 0, 0, 0],
          [0, 0, 5],
        ]),
        1,
      ).spots,
    ).to.have.length(2);
    expect(
      deliveredSpots(
        rowsOf([
          [0, 0, 5],
          [0, 0, 5, ON + 1],
        ]),
        1,
      ).spots,
    ).to.have.length(2);
  });

  it('of a scanned line do not drift: none reaches farther than the tolerance allows', () => {
    const { spots } = deliveredSpots(rowsOf(Array.from({ length: 100 }, (_, i) => [i / 10, 0, 1] as const)), 0.5);
    expect(spots.length).to.be.within(9, 20);
    expect(spots.reduce((sum, { counts }) => sum + counts, 0)).to.equal(100);
  });

  it('of rows without counts have a place still, and rows with counts decide it alone', () => {
    const place = (rows: readonly (readonly [number, number, number])[]): readonly [number, number] => {
      const { spots } = deliveredSpots(rowsOf(rows), 1);
      expect(spots).to.have.length(1);
      return [spots[0]!.xMm, spots[0]!.counts];
    };
    expect(
      place([
        [0, 0, 0],
        [0.5, 0, 0],
      ]),
    ).to.deep.equal([0.25, 0]);
    expect(
      place([
        [0, 0, 0],
        [0.5, 0, 3],
        [0, 0, 0],
      ]),
    ).to.deep.equal([0.5, 3]);
  });
});

describe('Planned against delivered', () => {
  const layer = { energyMeV: 100, xMm: [0, 10], yMm: [0, 0], meterset: [1, 3] };
  const spot = (xMm: number, yMm: number, counts: number) => ({ xMm, yMm, counts, durationMs: 1 });
  const delivered = (...spots: ReturnType<typeof spot>[]) => [{ spots, countsBeamOff: 0 }];

  it('gives mean, sigma and maximum distance to the nearest planned spot, by counts, and the difference in MU', () => {
    const { layers, missingLayers } = compareDelivery(
      [layer, layer],
      new Map([[2, delivered(spot(0, 0.3, 100), spot(10.4, -0.3, 300))]]),
      100,
    );
    expect(missingLayers).to.deep.equal([1]);
    expect(layers).to.have.length(1);
    expect(layers[0]!).to.include({ layerNumber: 2, plannedMeterset: 4, deliveredMeterset: 4, metersetDifference: 0 });
    const { meanMm, sigmaMm, maxMm } = layers[0]!.position!;
    expect(meanMm).to.be.closeTo(0.25 * 0.3 + 0.75 * 0.5, 1e-12);
    expect(sigmaMm).to.be.closeTo(Math.sqrt(0.25 * 0.15 ** 2 + 0.75 * 0.05 ** 2), 1e-12);
    expect(maxMm).to.be.closeTo(0.5, 1e-12);
  });

  it('adds the two parts of a layer up that was interrupted and resumed', () => {
    const parts = [...delivered(spot(0, 0, 100)), ...delivered(spot(10, 0, 200))];
    expect(compareDelivery([layer], new Map([[1, parts]]), 100).layers[0]!.metersetDifference).to.equal(-1);
  });

  it('says nothing of MU where the counts per MU are not known, nor of places where nothing was counted', () => {
    const { layers } = compareDelivery([layer], new Map([[1, delivered(spot(3, 0, 0))]]), null);
    expect(layers[0]!).to.include({ deliveredMeterset: null, metersetDifference: null, position: null });
  });
});
