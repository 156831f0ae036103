import { gaussianCdf } from '../dose/gaussian.js';
import type { SpotRow } from './prepared-layer.js';
import { CUT_SIGMAS } from './plan-fan.js';

/** A rectangle of a plane's cells: first and one past the last along u and v. */
export interface CellBox {
  readonly fromU: number;
  readonly toU: number;
  readonly fromV: number;
  readonly toV: number;
}

/** Where cells lie: index, extents and the raster of the whole plane. */
export interface Raster {
  readonly edgeMm: readonly [number, number];
  readonly spacingMm: number;
  readonly size: readonly [number, number];
}

/**
 * Protons through each cell of a plane, written over `plane` within the box: every spot a Gaussian of sigma (u, v),
 * integrated over the cells. Spots of one row share their profile along v, so the work is a sum of outer products.
 */
export function spreadSpots(
  rows: readonly SpotRow[],
  raster: Raster,
  box: CellBox,
  sigma: readonly [number, number],
  plane: Float64Array,
): void {
  const width = raster.size[0];
  const along = new Float64Array(width);
  const across = new Float64Array(raster.size[1]);
  for (let j = box.fromV; j < box.toV; j++) plane.fill(0, j * width + box.fromU, j * width + box.toU);
  for (const row of rows) {
    const u = rowProfile(row, raster, box, sigma[0], along);
    const v = cellsWithin(row.v, sigma[1], raster.edgeMm[1], raster.spacingMm, box.fromV, box.toV);
    across.fill(0, v.from, v.to);
    addGaussian(across, v, row.v, sigma[1], 1, raster.edgeMm[1], raster.spacingMm);
    for (let j = v.from; j < v.to; j++) {
      const weight = across[j] as number;
      const start = j * width;
      for (let i = u.from; i < u.to; i++) {
        plane[start + i] = (plane[start + i] as number) + weight * (along[i] as number);
      }
    }
  }
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The spots of a row summed along u. */
function rowProfile(row: SpotRow, raster: Raster, box: CellBox, sigma: number, along: Float64Array): Span {
  const edge = raster.edgeMm[0];
  const spans = Array.from(row.u, (u) => cellsWithin(u, sigma, edge, raster.spacingMm, box.fromU, box.toU));
  const from = spans.reduce((least, span) => Math.min(least, span.from), box.toU);
  const to = spans.reduce((most, span) => Math.max(most, span.to), from);
  along.fill(0, from, to);
  spans.forEach((span, k) => {
    addGaussian(along, span, row.u[k] as number, sigma, row.protons[k] as number, edge, raster.spacingMm);
  });
  return { from, to };
}

function cellsWithin(at: number, sigma: number, edge: number, spacing: number, least: number, most: number): Span {
  const from = Math.min(Math.max(Math.floor((at - CUT_SIGMAS * sigma - edge) / spacing), least), most);
  const to = Math.max(Math.min(Math.ceil((at + CUT_SIGMAS * sigma - edge) / spacing), most), from);
  return { from, to };
}

function addGaussian(
  sums: Float64Array,
  { from, to }: Span,
  centre: number,
  sigma: number,
  weight: number,
  edge: number,
  spacing: number,
): void {
  const perSigma = 1 / sigma;
  let below = gaussianCdf((edge + from * spacing - centre) * perSigma);
  for (let i = from; i < to; i++) {
    const above = gaussianCdf((edge + (i + 1) * spacing - centre) * perSigma);
    sums[i] = (sums[i] as number) + weight * (above - below);
    below = above;
  }
}
