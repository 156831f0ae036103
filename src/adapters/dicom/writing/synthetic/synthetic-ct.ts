import { CT_IMAGE } from '../sop-classes.js';
import type { DataSet } from '../data-set.js';
import { commonElements, SYNTHETIC_DATE, SYNTHETIC_TIME } from './common-elements.js';
import type { Phantom } from './phantom.js';

const AIR_HU = -1000;
const WATER_HU = 0;

/** CT slice with this index from the lowest z: a box of water in air, stored as HU (slope 1, intercept 0). */
export function ctSlice(phantom: Phantom, index: number): DataSet {
  const { size, spacingMm, originMm } = phantom.grid;
  const [columns, rows] = size;
  const zMm = originMm[2] + index * spacingMm[2];
  return {
    ...commonElements(phantom, 'CT', phantom.uids.ctSeries, 1),
    SOPClassUID: CT_IMAGE,
    SOPInstanceUID: phantom.uids.slice(index),
    ImageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
    AcquisitionNumber: null,
    AcquisitionDate: SYNTHETIC_DATE,
    AcquisitionTime: SYNTHETIC_TIME,
    ContentDate: SYNTHETIC_DATE,
    ContentTime: SYNTHETIC_TIME,
    Laterality: null,
    SliceThickness: spacingMm[2],
    KVP: 120,
    PatientPosition: 'HFS',
    InstanceNumber: index + 1,
    ImagePositionPatient: [originMm[0], originMm[1], zMm],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: rows,
    Columns: columns,
    PixelSpacing: [spacingMm[1], spacingMm[0]],
    BitsAllocated: 16,
    BitsStored: 16,
    HighBit: 15,
    PixelRepresentation: 1,
    RescaleIntercept: 0,
    RescaleSlope: 1,
    RescaleType: 'HU',
    WindowCenter: 0,
    WindowWidth: 2000,
    PixelData: pixels(phantom, zMm),
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
