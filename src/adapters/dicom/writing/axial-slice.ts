import type { Grid } from '../../../domain/grid.js';
import type { DataSet } from './data-set.js';
import { CT_IMAGE } from './sop-classes.js';

/** When a series was taken, as DICOM writes it: `20261123`, `080000`. */
interface Taken {
  readonly date: string;
  readonly time: string;
}

/**
 * Where an axial CT slice of a grid lies and how its pixels are stored: 16 bits, signed, in HU (slope 1, intercept 0). The
 * slice thickness is the spacing: engines take the one for the other. PS3.3, C.7.6.2, C.7.6.3 and C.8.2.1.
 * @param index from the lowest z
 */
export function axialSlice({ size, spacingMm, originMm }: Grid, index: number, { date, time }: Taken): DataSet {
  return {
    SOPClassUID: CT_IMAGE,
    AcquisitionNumber: null,
    AcquisitionDate: date,
    AcquisitionTime: time,
    ContentDate: date,
    ContentTime: time,
    Laterality: null,
    SliceThickness: spacingMm[2],
    PatientPosition: 'HFS',
    InstanceNumber: index + 1,
    ImagePositionPatient: [originMm[0], originMm[1], originMm[2] + index * spacingMm[2]],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: size[1],
    Columns: size[0],
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
  };
}
