import type { Grid } from '../domain/grid.js';

/** Shares of the source voxels in one voxel of the target, along one axis. */
interface Overlap {
  readonly first: number;
  readonly shares: readonly number[];
}

/**
 * Dose brought from one grid onto another, plane by plane as they are read: each target voxel gets the mean of what of the
 * source lies in it, by volume. Where the source ends, the mean is over the part that it covers; outside it is 0.
 * Planes of the source must come in ascending order, once each.
 */
export class Regrid {
  readonly #columns: readonly Overlap[];
  readonly #rows: readonly Overlap[];
  readonly #slices: readonly Overlap[];

  constructor(
    private readonly from: Grid,
    private readonly to: Grid,
    private readonly values: Float32Array,
  ) {
    this.#columns = overlaps(from, to, 0);
    this.#rows = overlaps(from, to, 1);
    this.#slices = overlaps(from, to, 2);
  }

  /** Adds the source plane with this index to all target planes that it overlaps. */
  add(index: number, plane: Float64Array): void {
    const reduced = this.#reduced(plane);
    for (const [k, { first, shares }] of this.#slices.entries()) {
      const share = shares[index - first] ?? 0;
      if (share === 0) continue;
      const at = k * reduced.length;
      for (let i = 0; i < reduced.length; i++) {
        this.values[at + i] = (this.values[at + i] ?? 0) + share * (reduced[i] ?? 0);
      }
    }
  }

  /** A source plane on the target's columns and rows. */
  #reduced(plane: Float64Array): Float64Array {
    const [fromX] = this.from.size;
    const [toX, toY] = this.to.size;
    const out = new Float64Array(toX * toY);
    const line = new Float64Array(fromX);
    for (const [y, row] of this.#rows.entries()) {
      line.fill(0);
      for (const [n, share] of row.shares.entries()) {
        const at = (row.first + n) * fromX;
        for (let x = 0; x < fromX; x++) line[x] = (line[x] ?? 0) + share * (plane[at + x] ?? 0);
      }
      for (const [x, { first, shares }] of this.#columns.entries()) {
        let sum = 0;
        for (const [n, share] of shares.entries()) sum += share * (line[first + n] ?? 0);
        out[y * toX + x] = sum;
      }
    }
    return out;
  }
}

function overlaps(from: Grid, to: Grid, axis: 0 | 1 | 2): readonly Overlap[] {
  const [step, own] = [to.spacingMm[axis], from.spacingMm[axis]];
  const face = (to.originMm[axis] - step / 2 - (from.originMm[axis] - own / 2)) / own;
  return Array.from({ length: to.size[axis] }, (_, index) => {
    const low = face + (index * step) / own;
    const high = low + step / own;
    const first = Math.max(0, Math.floor(low + ROUNDING));
    const last = Math.min(from.size[axis] - 1, Math.ceil(high - ROUNDING) - 1);
    const lengths = Array.from({ length: Math.max(0, last - first + 1) }, (__, n) => {
      const start = Math.max(low, first + n);
      return Math.max(0, Math.min(high, first + n + 1) - start);
    });
    const covered = lengths.reduce((sum, length) => sum + length, 0);
    return { first, shares: covered > 0 ? lengths.map((length) => length / covered) : [] };
  });
}

/** Faces that meet may differ by what is lost in adding: no share of a voxel comes of that. */
const ROUNDING = 1e-6;
