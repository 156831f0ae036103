import { BEAM_ON_ACTUAL, SCAN_NUMBER } from './delivered-rows.js';
import type { DeliveredRows } from './delivered-rows.js';

/** A place the beam stood at, put together from rows. */
export interface DeliveredSpot {
  /** Mean of the rows, weighted by their counts. */
  readonly xMm: number;
  readonly yMm: number;
  /** Sum of the rows, monitor counts of the reference range. */
  readonly counts: number;
  readonly durationMs: number;
}

export interface DeliveredLayer {
  readonly spots: readonly DeliveredSpot[];
  /** Counts of rows in which the beam was not on: they belong to no spot, but are told. */
  readonly countsBeamOff: number;
}

/** The spot that rows are being added to; without rows there is none. */
interface Growing {
  rows: number;
  weight: number;
  counts: number;
  xMm: number;
  yMm: number;
  scan: number;
}

/**
 * Rows to spots: consecutive rows with the beam on, of one painting, that stay within the tolerance of the mean of those
 * before them are one spot. A scanned line becomes spots a tolerance apart.
 * @param toleranceMm distance from the running mean
 */
export function deliveredSpots(layer: DeliveredRows, toleranceMm: number): DeliveredLayer {
  const spots: DeliveredSpot[] = [];
  // One for all spots: a layer may have a spot for each of its rows, and what is thrown away counts as memory too.
  const growing: Growing = { rows: 0, weight: 0, counts: 0, xMm: 0, yMm: 0, scan: 0 };
  let countsBeamOff = 0;
  const end = (): void => {
    if (growing.rows > 0) spots.push(ended(growing, layer.intervalMs));
    growing.rows = 0;
  };
  for (let row = 0; row < layer.rows; row++) {
    const flags = layer.flags[row] ?? 0;
    if ((flags & BEAM_ON_ACTUAL) === 0) {
      countsBeamOff += layer.counts[row] ?? 0;
      end();
      continue;
    }
    if (growing.rows > 0 && !stays(growing, layer, row, toleranceMm)) end();
    if (growing.rows === 0) begin(growing, flags & SCAN_NUMBER);
    add(growing, layer, row);
  }
  end();
  return { spots, countsBeamOff };
}

function begin(spot: Growing, scan: number): void {
  spot.weight = 0;
  spot.counts = 0;
  spot.xMm = 0;
  spot.yMm = 0;
  spot.scan = scan;
}

function stays(spot: Growing, layer: DeliveredRows, row: number, toleranceMm: number): boolean {
  if (((layer.flags[row] ?? 0) & SCAN_NUMBER) !== spot.scan) return false;
  const dx = (layer.xMm[row] ?? 0) - spot.xMm;
  const dy = (layer.yMm[row] ?? 0) - spot.yMm;
  // Not Math.hypot: it is several times slower, and this is asked for every row.
  return dx * dx + dy * dy <= toleranceMm * toleranceMm;
}

/** Rows without a count tell the place as long as no row has any. */
function add(spot: Growing, layer: DeliveredRows, row: number): void {
  const counts = layer.counts[row] ?? 0;
  const isFirstWithCounts = spot.counts === 0 && counts > 0;
  const weight = counts > 0 ? counts : Number(spot.counts === 0);
  spot.weight = isFirstWithCounts ? weight : spot.weight + weight;
  if (weight > 0) {
    const share = weight / spot.weight;
    spot.xMm += ((layer.xMm[row] ?? 0) - spot.xMm) * share;
    spot.yMm += ((layer.yMm[row] ?? 0) - spot.yMm) * share;
  }
  spot.counts += counts;
  spot.rows++;
}

const ended = ({ xMm, yMm, counts, rows }: Growing, intervalMs: number): DeliveredSpot => {
  return { xMm, yMm, counts, durationMs: rows * intervalMs };
};
