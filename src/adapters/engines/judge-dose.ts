import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { CaseError, permanent } from '../../domain/errors.js';
import { voxelCount, type Grid } from '../../domain/grid.js';
import {
  ELEMENT_BYTES,
  MAX_HEADER_BYTES,
  parseMetaImageHeader,
  type ElementType,
  type MetaImageHeader,
} from '../../dose/meta-image.js';
import { diskFailure, errorCode } from './engine-files.js';

/** Where the first and last voxel may lie off the wanted grid: what six printed digits lose, far below any dose effect. */
const GRID_TOLERANCE_MM = 1e-3;

/** Values are gone through in parts of this size, each a few milliseconds of work: nothing else waits longer for us. */
const PART_BYTES = 1 << 21;

/**
 * The rules of an engine's result (docs: what an exit code proves): the file is there, whole to the byte, on the wanted
 * grid, every value finite, none negative, not all zero. Reads .mha, and .mhd whose raw file lies beside it.
 * @param path the MetaImage, in the attempt's folder
 * @returns the largest value, Gy
 * @throws permanent `engine.bad-dose` saying which rule is broken; transient `engine.unreadable` if the disk fails
 */
export async function judgeDose(path: string, wanted: Grid): Promise<{ readonly maxGy: number }> {
  try {
    const header = parseMetaImageHeader(await readStart(path));
    requireGrid(header.grid, wanted);
    if (header.elementType === 'MET_SHORT') throw bad('has whole numbers where dose is due: MET_FLOAT or MET_DOUBLE');
    const valuesPath = await valuesFile(path, header);
    return await withFile(valuesPath, (file) => judgeValues(file, header, voxelCount(wanted)));
  } catch (thrown) {
    if (thrown instanceof CaseError) throw thrown;
    if (errorCode(thrown) === 'ENOENT') throw bad('is missing though the engine reported success', thrown);
    if (errorCode(thrown) === 'ELOOP') throw bad('is a link', thrown);
    throw diskFailure(thrown, 'reading the result of the engine');
  }
}

/** The file with the values. An engine may not point us out of its own folder: what lies there is not its result. */
async function valuesFile(path: string, { dataFile }: MetaImageHeader): Promise<string> {
  if (dataFile === 'LOCAL') return path;
  if (basename(dataFile) !== dataFile || dataFile === '.' || dataFile === '..') {
    throw bad('names a data file outside its folder');
  }
  const raw = join(dirname(path), dataFile);
  if ((await realpath(raw)) !== join(await realpath(dirname(path)), dataFile)) {
    throw bad('names a data file that is a link');
  }
  return raw;
}

async function judgeValues(file: FileHandle, header: MetaImageHeader, voxels: number): Promise<{ maxGy: number }> {
  const width = ELEMENT_BYTES[header.elementType];
  const { size } = await file.stat();
  const dueBytes = header.headerBytes + voxels * width;
  if (size !== dueBytes) throw bad(`has ${String(size)} bytes where ${String(dueBytes)} are due`);
  const bytes = Buffer.alloc(Math.min(PART_BYTES, voxels * width));
  let extremes: Extremes = { min: Infinity, max: -Infinity };
  for (let at = header.headerBytes; at < dueBytes;) {
    const wantedBytes = Math.min(bytes.length, dueBytes - at);
    const { bytesRead } = await file.read(bytes, 0, wantedBytes, at);
    // A short read may end within an element; the rest of it is read again.
    const usable = bytesRead - (bytesRead % width);
    if (usable === 0) throw bad('became shorter while it was read');
    extremes = extremesOf(bytes.subarray(0, usable), header.elementType, extremes);
    at += usable;
  }
  if (extremes.min < 0) throw bad(`holds negative dose, down to ${extremes.min.toPrecision(4)} Gy`);
  if (!(extremes.max > 0)) throw bad('is zero everywhere');
  return { maxGy: extremes.max };
}

interface Extremes {
  readonly min: number;
  readonly max: number;
}

function extremesOf(bytes: Buffer, elementType: ElementType, before: Extremes): Extremes {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const width = ELEMENT_BYTES[elementType];
  let { min, max } = before;
  for (let at = 0; at < bytes.length; at += width) {
    const value = width === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
    if (!Number.isFinite(value)) throw bad('holds values that are not finite');
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function requireGrid(got: Grid, wanted: Grid): void {
  if (got.size.some((n, axis) => n !== wanted.size[axis])) {
    throw bad(`has ${got.size.join(' x ')} voxels where ${wanted.size.join(' x ')} are due`);
  }
  const lastOf = ({ originMm, spacingMm, size }: Grid, axis: 0 | 1 | 2): number =>
    originMm[axis] + spacingMm[axis] * (size[axis] - 1);
  for (const axis of [0, 1, 2] as const) {
    const offMm = [
      got.originMm[axis] - wanted.originMm[axis],
      got.spacingMm[axis] - wanted.spacingMm[axis],
      lastOf(got, axis) - lastOf(wanted, axis),
    ];
    if (offMm.some((mm) => !(Math.abs(mm) <= GRID_TOLERANCE_MM))) {
      throw bad(`lies on another grid than was asked for (axis ${'xyz'[axis] ?? ''})`);
    }
  }
}

function readStart(path: string): Promise<Buffer> {
  return withFile(path, async (file) => {
    const buffer = Buffer.alloc(MAX_HEADER_BYTES);
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    return buffer.subarray(0, bytesRead);
  });
}

/** Links are not followed (from another machine they are not brought here), and what would block (a FIFO) is not waited for. */
async function withFile<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw bad('is no file but something else of that name');
    return await use(file);
  } finally {
    await file.close();
  }
}

const bad = (what: string, cause?: unknown): CaseError =>
  permanent('engine.bad-dose', `the engine's dose file ${what}`, { cause });
