import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../../../../files/disk-error.js';
import type { CtVolume } from '../../../../ports/engine-dicom.js';
import { encodeDataSet, encodeMeta, type DataSet } from '../data-set.js';
import { derivedUid } from '../derived-uid.js';
import { CT_IMAGE } from '../sop-classes.js';
import { ENGINE_DATE, ENGINE_TIME, engineElements } from './engine-elements.js';

/** One file a slice, each a few milliseconds of work; what runs beside it waits no longer. */
export async function writeCtSeries(folder: string, ct: CtVolume): Promise<readonly string[]> {
  try {
    await mkdir(folder, { recursive: true });
    const names: string[] = [];
    for (let index = 0; index < ct.grid.size[2]; index++) {
      const name = `CT.${String(index + 1).padStart(4, '0')}.dcm`;
      const header = sliceHeader(ct, index);
      const pixels = littleEndian(await ct.slice(index));
      const file = [encodeMeta(header), encodeDataSet(header), pixelsStart(pixels.length), pixels];
      await writeFile(join(folder, name), Buffer.concat(file), { mode: 0o640 });
      names.push(name);
    }
    return names;
  } catch (thrown) {
    throw diskError(thrown);
  }
}

/** The slice thickness is the spacing: engines take the one for the other. */
function sliceHeader({ frameOfReferenceUid, grid }: CtVolume, index: number): DataSet {
  const { size, spacingMm, originMm } = grid;
  const uid = (what: string): string => derivedUid('engine ct', what, frameOfReferenceUid, JSON.stringify(grid));
  const uids = { study: uid('study'), series: uid('series'), frameOfReference: frameOfReferenceUid };
  return {
    ...engineElements(uids, 'CT', 2),
    SOPClassUID: CT_IMAGE,
    SOPInstanceUID: uid(`slice ${String(index)}`),
    ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'],
    AcquisitionNumber: null,
    AcquisitionDate: ENGINE_DATE,
    AcquisitionTime: ENGINE_TIME,
    ContentDate: ENGINE_DATE,
    ContentTime: ENGINE_TIME,
    Laterality: null,
    SliceThickness: spacingMm[2],
    KVP: null,
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

/** MetaImage and DICOM are written little-endian, and so is every machine Node runs on that we serve. */
const littleEndian = (values: Int16Array): Buffer => Buffer.from(values.buffer, values.byteOffset, values.byteLength);

/** Tag, VR and length of (7FE0,0010) PixelData, which is the last element. */
function pixelsStart(bytes: number): Buffer {
  const start = Buffer.from([0xe0, 0x7f, 0x10, 0x00, 0x4f, 0x57, 0, 0, 0, 0, 0, 0]);
  start.writeUInt32LE(bytes, 8);
  return start;
}
