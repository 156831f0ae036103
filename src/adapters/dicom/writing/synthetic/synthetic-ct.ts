import { axialSlice } from '../axial-slice.js';
import type { DataSet } from '../data-set.js';
import { commonElements, SYNTHETIC_DATE, SYNTHETIC_TIME } from './common-elements.js';
import type { Phantom } from './phantom.js';

const AIR_HU = -1000;
const WATER_HU = 0;

/** CT slice with this index from the lowest z: a box of water in air, stored as HU (slope 1, intercept 0). */
export function ctSlice(phantom: Phantom, index: number): DataSet {
  const { spacingMm, originMm } = phantom.grid;
  return {
    ...commonElements(phantom, 'CT', phantom.uids.ctSeries, 1),
    ...axialSlice(phantom.grid, index, { date: SYNTHETIC_DATE, time: SYNTHETIC_TIME }),
    SOPInstanceUID: phantom.uids.slice(index),
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    KVP: 120,
    PixelData: pixels(phantom, originMm[2] + index * spacingMm[2]),
  };
}

function pixels(phantom: Phantom, zMm: number): ArrayBuffer {
  const { size, spacingMm, originMm } = phantom.grid;
  const [columns, rows] = size;
  const { waterMinMm: min, waterMaxMm: max } = phantom;
  const bytes = Buffer.alloc(columns * rows * 2);
  const inWater = (axis: 0 | 1 | 2, mm: number): boolean => mm > min[axis] && mm < max[axis];
  for (let row = 0; row < rows; row++) {
    const waterRow = inWater(2, zMm) && inWater(1, originMm[1] + row * spacingMm[1]);
    for (let column = 0; column < columns; column++) {
      const water = waterRow && inWater(0, originMm[0] + column * spacingMm[0]);
      bytes.writeInt16LE(water ? WATER_HU : AIR_HU, (row * columns + column) * 2);
    }
  }
  return new Uint8Array(bytes).buffer;
}
