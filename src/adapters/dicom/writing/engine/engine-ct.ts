import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { diskError } from '../../../../files/disk-error.js';
import type { CtVolume } from '../../../../ports/engine-dicom.js';
import { axialSlice } from '../axial-slice.js';
import { encodeDataSet, encodeMeta, type DataSet } from '../data-set.js';
import { derivedUid } from '../derived-uid.js';
import { ENGINE_DATE, ENGINE_TIME, engineElements } from './engine-elements.js';
import { makeFolders } from '../../../../files/make-folders.js';

/** One file a slice, each a few milliseconds of work; what runs beside it waits no longer. */
export async function writeCtSeries(folder: string, ct: CtVolume): Promise<readonly string[]> {
  try {
    await makeFolders(folder);
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

function sliceHeader({ frameOfReferenceUid, grid }: CtVolume, index: number): DataSet {
  const uid = (what: string): string => derivedUid('engine ct', what, frameOfReferenceUid, JSON.stringify(grid));
  const uids = { study: uid('study'), series: uid('series'), frameOfReference: frameOfReferenceUid };
  return {
    ...engineElements(uids, 'CT', 2),
    ...axialSlice(grid, index, { date: ENGINE_DATE, time: ENGINE_TIME }),
    SOPInstanceUID: uid(`slice ${String(index)}`),
    ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'],
    KVP: null,
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
