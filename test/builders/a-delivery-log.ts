import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { deliveryLogs } from '../../src/adapters/dicom/writing/synthetic/delivery-logs.js';
import { DEFAULT_PHANTOM, phantomOf } from '../../src/adapters/dicom/writing/synthetic/phantom.js';
import type { Phantom } from '../../src/adapters/dicom/writing/synthetic/phantom.js';
import type { ScanCalibration } from '../../src/domain/delivered-rows.js';

/** Typical figures of a Sumitomo machine; the synthetic logs are written with them. */
export const TYPICAL_CALIBRATION: ScanCalibration = {
  timeGainMs: 0.0600745,
  xOffsetCounts: 16_384,
  yOffsetCounts: 16_384,
  xGainMm: 0.010959,
  yGainMm: 0.0116412,
};
/** Of the synthetic logs. */
export const COUNTS_PER_METERSET = 500;

/** A phantom and what the machine recorded of it, as files by path within the case. */
export function aDeliveryLog(wanted: Partial<{ beams: number; layers: number; spotsPerLayer: number }> = {}): {
  readonly phantom: Phantom;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly folders: readonly string[];
} {
  const size = { beams: 2, layers: 3, spotsPerLayer: 7, ...wanted };
  const phantom = phantomOf({ ...size, withCt: false, withDeliveryLogs: true, seed: 5 }, DEFAULT_PHANTOM);
  const files = new Map(deliveryLogs(phantom).map(({ path, bytes }) => [path, bytes]));
  return { phantom, files, folders: [...new Set([...files.keys()].map((path) => dirname(path)))] };
}

export function writeFiles(top: string, files: ReadonlyMap<string, Uint8Array>): void {
  for (const [path, bytes] of files) {
    mkdirSync(join(top, dirname(path)), { recursive: true });
    writeFileSync(join(top, path), bytes);
  }
}
