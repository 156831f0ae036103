import { readSync } from 'node:fs';
import { endianness } from 'node:os';
import type { Grid } from '../../../domain/grid.js';
import { type EngineDose, readSlice } from '../writing/engine-dose.js';

/** Floating point of the comparison itself, relative to the dose of a voxel. */
const ROUNDING = 1e-12;

/** An object whose pixels can be read: of the grid, with a scaling. */
export interface Pixels {
  readonly file: number;
  readonly at: number;
  readonly scaling: number;
}

/** What is wrong with the values of one object, gathered plane by plane; the first such voxel is kept to be named. */
export class ValueTally {
  count = 0;
  /** Largest difference, Gy. */
  worst = 0;
  first: readonly [number, number, number] | null = null;

  add(index: number, frame: number, columns: number, differenceGy: number): void {
    this.count++;
    this.first ??= [index % columns, Math.floor(index / columns), frame];
    if (!(differenceGy <= this.worst)) this.worst = differenceGy;
  }

  /** `what`: "differs from ..." */
  sentence(what: string): readonly string[] {
    if (this.first === null) return [];
    const where = `the first at column ${String(this.first[0])}, row ${String(this.first[1])}, frame ${String(this.first[2])}`;
    const most = Number.isFinite(this.worst) ? `, by up to ${this.worst.toPrecision(4)} Gy` : '';
    return [`${what} in ${String(this.count)} voxels (${where})${most}`];
  }
}

/** Reads planes of unsigned 32-bit pixels into one buffer, over and over. */
export class PlaneReader {
  readonly #pixels: Uint32Array<ArrayBuffer>;
  readonly #bytes: Buffer;

  constructor(private readonly grid: Grid) {
    this.#pixels = new Uint32Array(grid.size[0] * grid.size[1]);
    this.#bytes = Buffer.from(this.#pixels.buffer);
  }

  /** Pixels of a frame; the next call overwrites them. Null where the file ends before. */
  read({ file, at }: Pixels, frame: number): Uint32Array | null {
    const { length } = this.#bytes;
    if (frame >= this.grid.size[2]) return null;
    for (let have = 0; have < length;) {
      const read = readSync(file, this.#bytes, have, length - have, at + frame * length + have);
      if (read === 0) return null;
      have += read;
    }
    // DICOM's order is little endian, as is that of every machine this is likely to run on.
    if (endianness() === 'BE') this.#bytes.swap32();
    return this.#pixels;
  }
}

/** Every voxel of a plane: finite, not negative, and reproduced by its pixel within half a step of the scaling. */
export function holdAgainstEngine(
  pixels: Uint32Array,
  scaling: number,
  engine: { readonly file: number; readonly dose: EngineDose },
  frame: number,
  tally: { readonly different: ValueTally; readonly noDose: ValueTally },
): void {
  const doses = readSlice(engine.file, engine.dose, frame);
  const columns = engine.dose.header.grid.size[0];
  const half = scaling / 2;
  for (let i = 0; i < doses.length; i++) {
    const gy = doses[i] ?? Number.NaN;
    if (!(gy >= 0 && gy <= Number.MAX_VALUE)) {
      tally.noDose.add(i, frame, columns, Infinity);
      continue;
    }
    const difference = Math.abs((pixels[i] ?? 0) * scaling - gy);
    if (difference > half + gy * ROUNDING) tally.different.add(i, frame, columns, difference);
  }
}

/** Adds the doses of a plane, Gy; true when one of its pixels is not zero. */
export function addPlane(sum: Float64Array, pixels: Uint32Array, scaling: number): boolean {
  let any = 0;
  for (let i = 0; i < sum.length; i++) {
    const pixel = pixels[i] ?? 0;
    any |= pixel;
    sum[i] = (sum[i] ?? 0) + pixel * scaling;
  }
  return any !== 0;
}

/** Every voxel of the plan's plane: the sum of the beams' within half a step of its own scaling. */
export function holdAgainstSum(
  pixels: Uint32Array,
  scaling: number,
  sum: Float64Array,
  { columns, frame }: { readonly columns: number; readonly frame: number },
  tally: ValueTally,
): void {
  const half = scaling / 2;
  for (let i = 0; i < sum.length; i++) {
    const due = sum[i] ?? 0;
    const difference = Math.abs((pixels[i] ?? 0) * scaling - due);
    if (difference > half + due * ROUNDING) tally.add(i, frame, columns, difference);
  }
}
