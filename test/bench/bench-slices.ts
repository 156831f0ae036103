import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dicomFile, element } from '../builders/dicom-bytes.js';
import { rawCtSlice } from '../builders/raw-ct-slice.js';

/** Private elements that make a header as long as a scanner's: 40 of 40 bytes. */
const BALLAST = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => {
    const tag = `0009,10${i.toString(16).padStart(2, '0')}`;
    return [tag, element(tag, 'LO', 'x'.repeat(40))];
  }),
);

/** SOPInstanceUID of slice `i`; short enough for thousands. */
export const sliceUid = (i: number): string => `1.2.7.${String(i + 1)}`;

/**
 * CT slices `from` to below `to` as `CT.N.dcm`, 3 mm apart, with a header of 3 kB and 60 elements. Pixels are a hole in the
 * file, so that any size takes a block of disk; nothing reads them.
 * @param side rows and columns
 */
export function writeSlices(folder: string, from: number, to: number, side = 512): void {
  const pixelBytes = side * side * 2;
  for (let i = from; i < to; i++) {
    const own = {
      '0008,0018': element('0008,0018', 'UI', sliceUid(i)),
      '0028,0010': element('0028,0010', 'US', [side]),
      '0028,0011': element('0028,0011', 'US', [side]),
    };
    const header = dicomFile(rawCtSlice({ z: i * 3, rows: 0, columns: 0, changes: { ...BALLAST, ...own } }));
    // The pixels are the last element: its length ends the header.
    header.writeUInt32LE(pixelBytes, header.length - 4);
    const file = join(folder, `CT.${String(i)}.dcm`);
    writeFileSync(file, header);
    truncateSync(file, header.length + pixelBytes);
  }
}
