import type { Grid } from '../domain/grid.js';
import type { Vec3 } from '../domain/vector.js';
import { dot, minus } from './coordinates.js';

/** Places along a beam's axis, evenly spaced: how far each is behind the isocentre, seen from the source. */
export interface BeamLine {
  /** Unit vector along which the beam travels, DICOM patient coordinates. */
  readonly direction: Vec3;
  readonly isocentreMm: Vec3;
  /** Of the first place; negative before the isocentre. */
  readonly startMm: number;
  readonly stepMm: number;
  readonly count: number;
}

/** More places than this no plot shows and no picture needs. */
const MOST_PLACES = 4000;

/** Values of one plane of a grid, x fastest. */
type Plane = Float64Array | Int16Array;

/** The part of the beam's axis that lies within the outer faces of a grid; no places where it misses the grid. */
export function beamLine(grid: Grid, isocentreMm: Vec3, direction: Vec3, stepMm: number): BeamLine {
  let [near, far] = [-Infinity, Infinity];
  for (const axis of [0, 1, 2] as const) {
    const low = grid.originMm[axis] - grid.spacingMm[axis] / 2 - isocentreMm[axis];
    const high = low + grid.size[axis] * grid.spacingMm[axis];
    const step = direction[axis];
    if (Math.abs(step) < PARALLEL) {
      if (low > 0 || high < 0) far = -Infinity;
      continue;
    }
    near = Math.max(near, Math.min(low / step, high / step));
    far = Math.min(far, Math.max(low / step, high / step));
  }
  const startMm = Math.ceil(near / stepMm - ROUNDING) * stepMm;
  const count = far < startMm ? 0 : Math.min(MOST_PLACES, Math.floor((far - startMm) / stepMm + ROUNDING) + 1);
  return { direction, isocentreMm, startMm: count === 0 ? 0 : startMm, stepMm, count };
}

/** A direction this little along an axis does not leave a voxel over a metre. */
const PARALLEL = 1e-6;
const ROUNDING = 1e-6;

export const placeOn = ({ isocentreMm: [x, y, z], direction: [dx, dy, dz] }: BeamLine, atMm: number): Vec3 => [
  x + atMm * dx,
  y + atMm * dy,
  z + atMm * dz,
];

/**
 * Values at places of a grid, linear between the centres of voxels, added up as the planes of the grid come by: only one is
 * held at a time. Between the outermost centres and the outer faces the outermost value counts; outside it is `outside`.
 */
export class ValuesAtPlaces {
  readonly values: Float64Array;
  readonly #indices: readonly (Vec3 | null)[];

  constructor(
    private readonly grid: Grid,
    places: readonly Vec3[],
    outside = 0,
  ) {
    this.#indices = places.map((place) => gridIndex(grid, place));
    this.values = Float64Array.from(this.#indices, (index) => (index === null ? outside : 0));
  }

  /** Each plane of the grid once, in any order. */
  add(k: number, plane: Plane): void {
    this.#indices.forEach((index, i) => {
      if (index === null) return;
      const weight = 1 - Math.abs(index[2] - k);
      if (weight > 0) this.values[i] = (this.values[i] ?? 0) + weight * this.#inPlane(plane, index);
    });
  }

  #inPlane(plane: Plane, [x, y]: Vec3): number {
    const [nx, ny] = this.grid.size;
    const [i, j] = [Math.min(Math.floor(x), Math.max(0, nx - 2)), Math.min(Math.floor(y), Math.max(0, ny - 2))];
    const [u, v] = [x - i, y - j];
    const at = (column: number, row: number): number =>
      plane[Math.min(row, ny - 1) * nx + Math.min(column, nx - 1)] ?? 0;
    return (1 - v) * ((1 - u) * at(i, j) + u * at(i + 1, j)) + v * ((1 - u) * at(i, j + 1) + u * at(i + 1, j + 1));
  }
}

/** In voxels from the first centre, moved to the outermost centres where it lies within the outer faces; null outside. */
export function gridIndex(grid: Grid, place: Vec3): Vec3 | null {
  const index = ([0, 1, 2] as const).map((axis) => (place[axis] - grid.originMm[axis]) / grid.spacingMm[axis]);
  const [x = NaN, y = NaN, z = NaN] = index.map((value, axis) => {
    const last = (grid.size[axis] ?? 1) - 1;
    if (value < -0.5 - ROUNDING || value > last + 0.5 + ROUNDING) return NaN;
    return Math.min(Math.max(value, 0), last);
  });
  return [x, y, z].every(Number.isFinite) ? [x, y, z] : null;
}

/**
 * Dose integrated across the beam, as a large plane-parallel chamber sees it, added up plane of the grid by plane. Each voxel
 * is shared between the two nearest places by its centre's position along the beam, so that a beam along an axis of the
 * grid gives exactly the sums over its planes.
 */
export class IntegralDose {
  /** Of the first place along the beam, and between places, mm. */
  readonly startMm: number;
  readonly stepMm: number;
  readonly #sums: Float64Array;
  readonly #first: number;
  readonly #along: Vec3;

  constructor(
    private readonly grid: Grid,
    { direction, isocentreMm }: Pick<BeamLine, 'direction' | 'isocentreMm'>,
  ) {
    const { spacingMm, size } = grid;
    this.#along = [direction[0] * spacingMm[0], direction[1] * spacingMm[1], direction[2] * spacingMm[2]];
    this.#first = dot(minus(grid.originMm, isocentreMm), direction);
    const reach = ([0, 1, 2] as const).map((axis) => this.#along[axis] * (size[axis] - 1));
    this.stepMm = this.#along.reduce((sum, mm) => sum + Math.abs(mm), 0);
    this.startMm = this.#first + reach.reduce((sum, mm) => sum + Math.min(0, mm), 0);
    const length = reach.reduce((sum, mm) => sum + Math.abs(mm), 0);
    this.#sums = new Float64Array(Math.ceil(length / this.stepMm - ROUNDING) + 2);
  }

  /** Each plane of the grid once, in any order. */
  add(k: number, plane: Float64Array): void {
    const [nx, ny] = this.grid.size;
    const step = this.#along[0] / this.stepMm;
    for (let j = 0; j < ny; j++) {
      let at = (this.#first - this.startMm + j * this.#along[1] + k * this.#along[2]) / this.stepMm;
      for (let i = 0; i < nx; i++, at += step) {
        const dose = plane[j * nx + i] as number;
        if (dose === 0) continue;
        const bin = Math.floor(at + ROUNDING);
        const part = Math.max(0, at - bin);
        this.#sums[bin] = (this.#sums[bin] as number) + dose * (1 - part);
        this.#sums[bin + 1] = (this.#sums[bin + 1] as number) + dose * part;
      }
    }
  }

  /** Gy cm2 at each place. */
  values(): Float64Array {
    const [x, y, z] = this.grid.spacingMm;
    return this.#sums.subarray(0, -1).map((sum) => (sum * x * y * z) / this.stepMm / 100);
  }
}
