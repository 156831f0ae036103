import type { GammaCriteria, GammaResult } from '../domain/dose-comparison.js';
import { doseAt, maximum, type DoseOnGrid, value } from './dose-on-grid.js';

/*
 * The gamma index of D. A. Low et al., Med. Phys. 25 (1998) 656-661, global: for each point of the reference the least of
 *   sqrt((distance / distanceMm)^2 + (dose difference / (dosePercent of the reference's maximum))^2)
 * over the evaluated dose, which is trilinear between its voxel centres.
 *
 * The least is looked for cell by cell (a cell: eight neighbouring centres of the evaluated grid). No point of a cell can be better
 * than its nearest face and the nearest of its corners' doses say; a cell that cannot beat what was found is passed over. In
 * the others lines along the axis in which the dose changes most stand on a mesh of the other two, a tenth of distanceMm apart at
 * most. Along a line the trilinear dose is linear, so that the least on it is found exactly, by the vertex of a parabola: also
 * in a penumbra, where a mesh alone would step over the place that agrees. What the mesh can miss across is of second order:
 * gamma comes out too high by up to 0.005 where it is above 0.5, by up to 0.05 where it is small, and never too low.
 */

/** Nothing is looked for further away than this many times the criteria. */
export const GAMMA_CAP = 2;
const LINES_PER_DISTANCE = 10;
/** Gamma is compared with 1 where rounding must not decide. */
const PASSES = 1 + 1e-9;

/** Blocks for seconds on large grids: for a worker thread. */
export function gammaIndex(reference: DoseOnGrid, evaluated: DoseOnGrid, criteria: GammaCriteria): GammaResult {
  const highest = maximum(reference.values);
  const search = new GammaSearch(evaluated, criteria, (highest * criteria.dosePercent) / 100);
  const threshold = (highest * criteria.thresholdPercent) / 100;
  const { originMm, spacingMm, size } = reference.grid;
  const [nx, ny] = size;
  let [points, passed, sum, max] = [0, 0, 0, 0];
  for (let at = 0; at < reference.values.length; at++) {
    const gy = value(reference.values, at);
    if (gy < threshold || gy === 0) continue;
    const x = originMm[0] + (at % nx) * spacingMm[0];
    const y = originMm[1] + (Math.floor(at / nx) % ny) * spacingMm[1];
    const z = originMm[2] + Math.floor(at / (nx * ny)) * spacingMm[2];
    const gamma = search.at(x, y, z, gy);
    points++;
    if (gamma <= PASSES) passed++;
    if (gamma > max) max = gamma;
    sum += gamma;
  }
  return { points, passed, mean: points === 0 ? 0 : sum / points, max };
}

/** Along one axis: a range of cells, and how the point stands to them. */
interface AxisReach {
  readonly first: number;
  readonly last: number;
}

/** Numbers are kept in fields, and nothing is made for a point: there are millions of them. */
class GammaSearch {
  readonly #size: readonly [number, number, number];
  readonly #low: Float32Array;
  readonly #high: Float32Array;
  /** Length of a cell in units of distanceMm, by axis. */
  readonly #step: readonly [number, number, number];
  /** Shares of a cell at which lines stand, by axis. */
  readonly #mesh: readonly [Float32Array, Float32Array, Float32Array];
  /** From a corner of a cell to the next along x, y and z; 0 along an axis of one voxel. */
  readonly #strides: readonly [number, number, number];
  readonly #perGy2: number;
  #best = 0;

  constructor(
    private readonly dose: DoseOnGrid,
    { distanceMm }: GammaCriteria,
    private readonly doseGy: number,
  ) {
    const { size, spacingMm } = dose.grid;
    const per = (mm: number): number => mm / distanceMm;
    this.#size = size;
    this.#step = [per(spacingMm[0]), per(spacingMm[1]), per(spacingMm[2])];
    const [sx, sy, sz] = this.#step;
    this.#mesh = [mesh(size[0], sx), mesh(size[1], sy), mesh(size[2], sz)];
    const [nx, ny, nz] = size;
    this.#strides = [nx > 1 ? 1 : 0, ny > 1 ? nx : 0, nz > 1 ? nx * ny : 0];
    this.#perGy2 = 1 / doseGy ** 2;
    [this.#low, this.#high] = cellBounds(dose);
  }

  /** Gamma of a point of the reference, GAMMA_CAP at most. */
  at(xMm: number, yMm: number, zMm: number, gy: number): number {
    const { originMm, spacingMm } = this.dose.grid;
    const x = (xMm - originMm[0]) / spacingMm[0];
    const y = (yMm - originMm[1]) / spacingMm[1];
    const z = (zMm - originMm[2]) / spacingMm[2];
    const here = (doseAt(this.dose, x, y, z) - gy) / this.doseGy;
    this.#best = here * here < GAMMA_CAP ** 2 ? here * here : GAMMA_CAP ** 2;
    if (this.#best > 0) this.#aroundPoint(x, y, z, gy);
    return Math.sqrt(this.#best);
  }

  /** Cells in shells about the point's own: the nearest are the likeliest, and what they give spares the others. */
  #aroundPoint(x: number, y: number, z: number, gy: number): void {
    const reach = Math.sqrt(this.#best);
    const rx = this.#reach(x, 0, reach);
    const ry = this.#reach(y, 1, reach);
    const rz = this.#reach(z, 2, reach);
    const [cx, cy, cz] = [Math.floor(x), Math.floor(y), Math.floor(z)];
    const shells = Math.max(
      ...[[rx, cx] as const, [ry, cy] as const, [rz, cz] as const].map(([r, c]) => Math.max(c - r.first, r.last - c)),
    );
    for (let shell = 0; shell <= shells; shell++) {
      for (let k = Math.max(rz.first, cz - shell); k <= Math.min(rz.last, cz + shell); k++) {
        for (let j = Math.max(ry.first, cy - shell); j <= Math.min(ry.last, cy + shell); j++) {
          const inside = Math.abs(k - cz) < shell && Math.abs(j - cy) < shell;
          const stride = inside ? Math.max(1, 2 * shell) : 1;
          for (
            let i = inside ? cx - shell : Math.max(rx.first, cx - shell);
            i <= Math.min(rx.last, cx + shell);
            i += stride
          ) {
            if (i >= rx.first) this.#cell(i, j, k, x, y, z, gy);
          }
        }
      }
    }
  }

  /** Cells of an axis that reach to within so many distances of the point. */
  #reach(at: number, axis: 0 | 1 | 2, reach: number): AxisReach {
    const cells = Math.max(0, this.#size[axis] - 2);
    const far = reach / this.#step[axis];
    return { first: Math.max(0, Math.ceil(at - far) - 1), last: Math.min(cells, Math.floor(at + far)) };
  }

  #cell(i: number, j: number, k: number, x: number, y: number, z: number, gy: number): void {
    const [nx, ny] = this.#size;
    const index = i + nx * (j + ny * k);
    const low = this.#low[index] ?? 0;
    const high = this.#high[index] ?? 0;
    const off = (gy < low ? low - gy : gy > high ? gy - high : 0) / this.doseGy;
    const [sx, sy, sz] = this.#step;
    const [ax, ay, az] = [outside(x - i) * sx, outside(y - j) * sy, outside(z - k) * sz];
    if (off * off + ax * ax + ay * ay + az * az >= this.#best) return;
    this.#lines(index, x - i, y - j, z - k, gy);
  }

  /** @param px, py, pz the point as seen from the cell's first corner, in cells */
  #lines(index: number, px: number, py: number, pz: number, gy: number): void {
    const { values } = this.dose;
    const axis = this.#steepest(index);
    const [line, first, second] = ORDERS[axis];
    const [along, up, far] = [this.#strides[line], this.#strides[first], this.#strides[second]];
    const [start, end] = [index, index + along];
    const [v00, v10] = [value(values, start), value(values, start + up)];
    const [v01, v11] = [value(values, start + far), value(values, start + far + up)];
    const [w00, w10] = [value(values, end), value(values, end + up)];
    const [w01, w11] = [value(values, end + far), value(values, end + far + up)];
    const point = axis === 0 ? px : axis === 1 ? py : pz;
    const [pa, pb] = [axis === 0 ? py : px, axis === 2 ? py : pz];
    const [stepA, stepB] = [this.#step[first], this.#step[second]];
    for (const fb of this.#mesh[second]) {
      const db = (fb - pb) * stepB;
      if (db * db >= this.#best) continue;
      const [a0, a1] = [v00 + (v01 - v00) * fb, w00 + (w01 - w00) * fb];
      const [b0, b1] = [v10 + (v11 - v10) * fb, w10 + (w11 - w10) * fb];
      for (const fa of this.#mesh[first]) {
        const da = (fa - pa) * stepA;
        const aside = da * da + db * db;
        if (aside < this.#best) this.#line(axis, aside, a0 + (b0 - a0) * fa - gy, a1 + (b1 - a1) * fa - gy, point);
      }
    }
  }

  /** The axis along which the dose of a cell changes most, for its length. */
  #steepest(index: number): 0 | 1 | 2 {
    const { values } = this.dose;
    const [x, y, z] = this.#strides;
    const first = value(values, index);
    const last = value(values, index + x + y + z);
    const change = (stride: number, step: number): number =>
      Math.abs(value(values, index + stride) - first + last - value(values, index + x + y + z - stride)) / step;
    const [ofX, ofY, ofZ] = [change(x, this.#step[0]), change(y, this.#step[1]), change(z, this.#step[2])];
    if (ofX >= ofY && ofX >= ofZ) return 0;
    return ofY >= ofZ ? 1 : 2;
  }

  /**
   * The least on one line: dose difference and distance are both linear in t, from 0 to 1, so that the sum of their squares is
   * a parabola. @param fromGy, toGy differences at its ends; @param point where the point lies along it, in cells
   */
  #line(axis: 0 | 1 | 2, aside: number, fromGy: number, toGy: number, point: number): void {
    // Where it nowhere crosses the wanted dose, no point of it is nearer in dose than the better end.
    if (fromGy > 0 === toGy > 0 && aside + Math.min(fromGy * fromGy, toGy * toGy) * this.#perGy2 >= this.#best) return;
    const step = this.#step[axis];
    const start = fromGy / this.doseGy;
    const length = this.#strides[axis] === 0 ? 0 : step;
    const slope = length === 0 ? 0 : (toGy - fromGy) / this.doseGy;
    const curvature = slope * slope + length * length;
    const vertex = curvature === 0 ? 0 : (point * length * length - start * slope) / curvature;
    const t = vertex < 0 ? 0 : vertex > 1 ? 1 : vertex;
    const off = start + slope * t;
    const along = (t - point) * step;
    const gamma = aside + off * off + along * along;
    if (gamma < this.#best) this.#best = gamma;
  }
}

/** Axis of the lines, and those of the mesh they stand on. */
const ORDERS = [
  [0, 1, 2],
  [1, 0, 2],
  [2, 0, 1],
] as const;

/** From face to face, a tenth of the distance criterion apart at most. */
function mesh(count: number, step: number): Float32Array {
  const lines = count > 1 ? Math.ceil(step * LINES_PER_DISTANCE - 1e-9) : 0;
  return Float32Array.from({ length: lines + 1 }, (_, n) => (lines === 0 ? 0 : n / lines));
}

/** How far a place lies outside of the cell from 0 to 1, in cells. */
const outside = (at: number): number => (at < 0 ? -at : at > 1 ? at - 1 : 0);

/** Lowest and highest corner of each cell, by the index of its first corner. */
function cellBounds({ grid, values }: DoseOnGrid): readonly [Float32Array, Float32Array] {
  const low = Float32Array.from(values);
  const high = Float32Array.from(values);
  let stride = 1;
  for (const count of grid.size) {
    const block = stride * count;
    // Joined with the next along the axis, in place and in rising order: the next one is not joined yet.
    for (let from = 0; from < values.length; from += block) {
      for (let at = from; at < from + block - stride; at++) {
        const next = at + stride;
        if (value(low, next) < value(low, at)) low[at] = value(low, next);
        if (value(high, next) > value(high, at)) high[at] = value(high, next);
      }
    }
    stride = block;
  }
  return [low, high];
}
