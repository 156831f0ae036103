import { element, withElements } from './dicom-bytes.js';
import type { RawElement } from './dicom-bytes.js';
import type { Changes } from './raw-ion-plan.js';
import { FRAME_UID } from './raw-ion-plan.js';

export const CT = '1.2.840.10008.5.1.4.1.1.2';

export interface RawSlice {
  readonly z: number;
  readonly rows?: number;
  readonly columns?: number;
  /** Stored values, row by row; 0 where not given. */
  readonly stored?: readonly number[];
  readonly changes?: Changes;
}

/** Elements of an axial CT slice of 4 x 6 pixels of 2 (rows) by 1 mm, at x = -10, y = -20; give what the test is about. */
export function rawCtSlice({ z, rows = 4, columns = 6, stored = [], changes = {} }: RawSlice): readonly RawElement[] {
  const pixels = Array.from({ length: rows * columns }, (_, i) => stored[i] ?? 0);
  return withElements(
    [
      element('0008,0008', 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
      element('0008,0016', 'UI', CT),
      element('0008,0018', 'UI', `1.2.7.${String(Math.round(1000 + z * 10))}`),
      element('0010,0020', 'LO', 'PID-1'),
      element('0018,5100', 'CS', 'HFS'),
      element('0020,000d', 'UI', '1.2.3.4.6'),
      element('0020,000e', 'UI', '1.2.3.4.70'),
      element('0020,0032', 'DS', `-10\\-20\\${String(z)}`),
      element('0020,0037', 'DS', '1\\0\\0\\0\\1\\0'),
      element('0020,0052', 'UI', FRAME_UID),
      element('0028,0002', 'US', [1]),
      element('0028,0010', 'US', [rows]),
      element('0028,0011', 'US', [columns]),
      element('0028,0030', 'DS', '2\\1'),
      element('0028,0100', 'US', [16]),
      element('0028,0101', 'US', [16]),
      element('0028,0102', 'US', [15]),
      element('0028,0103', 'US', [0]),
      element('0028,1052', 'DS', '-1000'),
      element('0028,1053', 'DS', '1'),
      element('7fe0,0010', 'OW', pixelsOf(pixels)),
    ],
    changes,
  );
}

/** Little-endian 16-bit words. */
export function pixelsOf(values: readonly number[]): Buffer {
  return Buffer.from(Uint16Array.from(values, (value) => value & 0xffff).buffer);
}
