/** Per machine, from configuration: what the counts of its scan monitors mean. */
export interface ScanCalibration {
  /** Time between two rows, ms (TIMEGAIN). */
  readonly timeGainMs: number;
  /** Counts at the central axis (XPOSOFFSET, YPOSOFFSET). */
  readonly xOffsetCounts: number;
  readonly yOffsetCounts: number;
  /** mm per count (XPOSGAIN, YPOSGAIN). */
  readonly xGainMm: number;
  readonly yGainMm: number;
}

/** A layer as the machine sampled it, row by row at a fixed interval. All arrays have `rows` entries. */
export interface DeliveredRows {
  readonly rows: number;
  readonly intervalMs: number;
  readonly xMm: Float32Array;
  readonly yMm: Float32Array;
  readonly xSizeMm: Float32Array;
  readonly ySizeMm: Float32Array;
  /** Monitor counts of the reference range: dose1 x monitor range factor. */
  readonly counts: Float32Array;
  /** Bits as in BEAM_ON_PLANNED, BEAM_ON_ACTUAL and SCAN_NUMBER. */
  readonly flags: Uint16Array;
}

export const BEAM_ON_PLANNED = 0x8000;
export const BEAM_ON_ACTUAL = 0x4000;
/** Which painting of the layer. */
export const SCAN_NUMBER = 0x7f;
