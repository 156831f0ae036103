import type { Grid } from '../../../domain/grid.js';
import type { Raster } from '../../../ports/case-pictures.js';
import type { Vec3 } from '../../../domain/vector.js';

/** Values along a side of a picture: of a larger grid every second, third ... voxel is taken. */
const MOST_ALONG_A_SIDE = 512;

type Index = readonly [number, number, number];
type Name = 'axial' | 'sagittal' | 'coronal';

/** A volume's axes (0 x, 1 y, 2 z) along columns, along rows, and across each plane; z grows upwards. */
const AXES: Readonly<Record<Name, Index>> = { axial: [0, 1, 2], sagittal: [1, 2, 0], coronal: [0, 2, 1] };

/** The voxel that holds a place, or the nearest one; of two that touch there, the one further along the axis. */
export function voxelAt({ originMm, spacingMm, size }: Grid, place: Vec3): Index {
  const along = (axis: 0 | 1 | 2): number => {
    const index = Math.round((place[axis] - originMm[axis]) / spacingMm[axis]);
    return Math.min(Math.max(index, 0), size[axis] - 1);
  };
  return [along(0), along(1), along(2)];
}

export const centreOf = ({ originMm, spacingMm }: Grid, index: Index): Vec3 => [
  originMm[0] + index[0] * spacingMm[0],
  originMm[1] + index[1] * spacingMm[1],
  originMm[2] + index[2] * spacingMm[2],
];

/** Takes three planes out of a volume as its slices come by, so that only one slice is held at a time. */
export class PlaneTaker {
  readonly #axial: Int16Array;
  readonly #sagittal: Int16Array;
  readonly #coronal: Int16Array;

  constructor(
    private readonly grid: Grid,
    private readonly through: Index,
  ) {
    const [nx, ny, nz] = grid.size;
    this.#axial = new Int16Array(nx * ny);
    this.#sagittal = new Int16Array(ny * nz);
    this.#coronal = new Int16Array(nx * nz);
  }

  /**
   * Each slice of the volume once, in any order.
   * @param value as 16 bits; without sign where the reader takes it so
   */
  add(k: number, slice: Float64Array | Int16Array, value: (raw: number) => number): void {
    const [nx, ny, nz] = this.grid.size;
    const [column, row, slab] = this.through;
    const at = (x: number, y: number): number => value(slice[y * nx + x] ?? 0);
    const fromTop = nz - 1 - k;
    for (let y = 0; y < ny; y++) this.#sagittal[fromTop * ny + y] = at(column, y);
    for (let x = 0; x < nx; x++) this.#coronal[fromTop * nx + x] = at(x, row);
    if (k === slab) this.#axial.set(Int16Array.from(slice, value));
  }

  positionMm(name: Name): number {
    const across = AXES[name][2] as 0 | 1 | 2;
    return this.grid.originMm[across] + this.through[across] * this.grid.spacingMm[across];
  }

  raster(name: Name): Raster {
    const values = { axial: this.#axial, sagittal: this.#sagittal, coronal: this.#coronal }[name];
    const { originMm, spacingMm, size } = this.grid;
    const [across, down] = AXES[name] as readonly [0 | 1, 1 | 2, number];
    const [fromColumns, fromRows] = [size[across], size[down]];
    const [everyColumn, everyRow] = [stride(fromColumns), stride(fromRows)];
    const [columns, rows] = [Math.ceil(fromColumns / everyColumn), Math.ceil(fromRows / everyRow)];
    const taken = new Int16Array(columns * rows);
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++)
        taken[j * columns + i] = values[j * everyRow * fromColumns + i * everyColumn] ?? 0;
    }
    const top = down === 2 ? originMm[2] + (size[2] - 1) * spacingMm[2] : originMm[down];
    return {
      columns,
      rows,
      originMm: [originMm[across], top],
      spacingMm: [spacingMm[across] * everyColumn, spacingMm[down] * everyRow * (down === 2 ? -1 : 1)],
      values: Buffer.from(taken.buffer).toString('base64'),
    };
  }
}

const stride = (count: number): number => Math.ceil(count / MOST_ALONG_A_SIDE);
