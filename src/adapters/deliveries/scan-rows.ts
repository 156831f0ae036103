import type { DeliveredRows, ScanCalibration } from '../../domain/delivered-rows.js';
import { badLog } from './log-text.js';

/** x, y, x size, y size, dose1, dose2, layer, flags: eight big-endian uint16. */
export const ROW_BYTES = 16;
/**
 * Largest .ptn that is read: three times the largest seen (1.3 MB), or 15 s of beam. File, rows and, at worst, a spot for
 * each row then stay below 64 MiB (docs/fuzzing-record.md; with twice that they took 119); one layer at a time is held.
 */
const MAX_SCAN_BYTES = 4 * 1024 * 1024;

/**
 * Rows of one .ptn file, in mm and counts of the reference range. Column layer must name one layer throughout.
 * @param file name for errors
 * @throws input `delivery.log` if it is empty, too long, not of whole rows, or of another layer
 */
export function parseScanRows(
  file: string,
  bytes: Uint8Array,
  layer: { readonly layerNumber: number; readonly monitorRangeFactor: number },
  calibration: ScanCalibration,
): DeliveredRows {
  checkScanSize(file, bytes.length);
  const rows = bytes.length / ROW_BYTES;
  const rowsOut = {
    rows,
    intervalMs: calibration.timeGainMs,
    xMm: new Float32Array(rows),
    yMm: new Float32Array(rows),
    xSizeMm: new Float32Array(rows),
    ySizeMm: new Float32Array(rows),
    counts: new Float32Array(rows),
    flags: new Uint16Array(rows),
  };
  const stranger = fill(rowsOut, bytes, layer, calibration);
  if (stranger !== null) {
    throw badLog(file, `row ${String(stranger + 1)} is of another layer than ${String(layer.layerNumber)}`);
  }
  return rowsOut;
}

/** @throws input `delivery.log`; asked before reading too, so that nothing large is read */
export function checkScanSize(file: string, bytes: number): void {
  if (bytes === 0) throw badLog(file, 'is empty');
  if (bytes > MAX_SCAN_BYTES) {
    throw badLog(file, `${String(bytes)} bytes, but a layer has at most ${String(MAX_SCAN_BYTES)}`);
  }
  if (bytes % ROW_BYTES !== 0) {
    throw badLog(file, `${String(bytes)} bytes are not whole rows of ${String(ROW_BYTES)}: the file is cut off`);
  }
}

/**
 * Whether a file is written to its end: some systems give a file its whole size before they copy its content, and it ends
 * in zeros until then.
 * @param row the last ROW_BYTES of the file
 * @throws input `delivery.log`
 */
export function checkLastRow(file: string, row: Uint8Array, layerNumber: number): void {
  const layer = ((row[12] ?? 0) << 8) | (row[13] ?? 0);
  if (layer !== layerNumber) throw badLog(file, `its last row is of another layer than ${String(layerNumber)}`);
}

/** Index of the first row of another layer, or null. Plain shifts are quicker than DataView and know no alignment. */
function fill(
  { rows, xMm, yMm, xSizeMm, ySizeMm, counts, flags }: DeliveredRows,
  bytes: Uint8Array,
  { layerNumber, monitorRangeFactor }: { readonly layerNumber: number; readonly monitorRangeFactor: number },
  { xOffsetCounts, yOffsetCounts, xGainMm, yGainMm }: ScanCalibration,
): number | null {
  const word = (at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  for (let row = 0, at = 0; row < rows; row++, at += ROW_BYTES) {
    if (word(at + 12) !== layerNumber) return row;
    xMm[row] = (word(at) - xOffsetCounts) * xGainMm;
    yMm[row] = (word(at + 2) - yOffsetCounts) * yGainMm;
    xSizeMm[row] = word(at + 4) * xGainMm;
    ySizeMm[row] = word(at + 6) * yGainMm;
    counts[row] = word(at + 8) * monitorRangeFactor;
    flags[row] = word(at + 14);
  }
  return null;
}
