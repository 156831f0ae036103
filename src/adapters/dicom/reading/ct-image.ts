import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { formatMetaImageHeader } from '../../../dose/meta-image.js';
import { input } from '../../../domain/errors.js';
import { ctGrid, sliceSpacing, stackSlices } from '../../../domain/ct-series.js';
import type { AxisDirection, CtStack } from '../../../domain/ct-series.js';
import { voxelCount } from '../../../domain/grid.js';
import type { Grid } from '../../../domain/grid.js';
import type { CtSlice } from '../../../domain/inventory.js';
import { writeWholeFile } from '../../../files/whole-file.js';
import { MAX_SLICE_BYTES, slicePixels } from './ct-slice-pixels.js';
import { printableName } from '../../../domain/printable-name.js';

/** 1,000 slices of 1,024 x 1,024 and no more: what is larger would not fit beside a dose in the machines we serve. */
const MAX_VOXELS = 2 ** 30;

/**
 * Stacks slices into one MetaImage in HU along the patient axes, by reordering alone: no value is interpolated. The file
 * appears whole; a repeat writes the same bytes over it.
 * @throws input `ct.*`, `intake.folder-gone`
 */
export async function writeCtImage(folder: string, slices: readonly CtSlice[], target: string): Promise<Grid> {
  const stack = stackSlices(slices);
  const { spacingMm, even, missingMm } = sliceSpacing(stack.offsetsMm);
  if (spacingMm === null || !even || missingMm.length > 0) {
    throw input('ct.uneven-spacing', 'the CT slices are not evenly spaced');
  }
  const grid = ctGrid(stack, spacingMm);
  if (voxelCount(grid) > MAX_VOXELS) throw input('ct.too-large', `the CT has ${String(voxelCount(grid))} voxels`);
  const volume = new Int16Array(voxelCount(grid));
  const steps = strides(stack, grid);
  for (const [k, slice] of stack.slices.entries()) {
    const { hu, rows, columns } = await slicePixels(await readSlice(folder, slice.path), slice.path);
    if (rows !== slice.rows || columns !== slice.columns) throw changed(slice.path);
    place(volume, hu, rows, columns, steps.start + k * steps.slice, steps);
  }
  // MetaImage is written little-endian, and so is every machine Node runs on that we serve.
  const values = new Uint8Array(volume.buffer, volume.byteOffset, volume.byteLength);
  await writeWholeFile(target, [Buffer.from(formatMetaImageHeader(grid, 'MET_SHORT'), 'latin1'), values]);
  return grid;
}

interface Strides {
  readonly start: number;
  readonly row: number;
  readonly column: number;
  readonly slice: number;
}

/** Where stored pixel (row, column, slice) goes: start + row x .. + column x .. + slice x .. */
function strides(stack: CtStack, { size }: Grid): Strides {
  const ofAxis = [1, size[0], size[0] * size[1]] as const;
  const start = ({ axis, sign }: AxisDirection): number => (sign > 0 ? 0 : (size[axis] - 1) * ofAxis[axis]);
  return {
    start: start(stack.rowDirection) + start(stack.columnDirection),
    // A step to the next column goes along the row, and the other way round.
    column: stack.rowDirection.sign * ofAxis[stack.rowDirection.axis],
    row: stack.columnDirection.sign * ofAxis[stack.columnDirection.axis],
    slice: ofAxis[stack.sliceAxis],
  };
}

function place(
  volume: Int16Array,
  hu: Int16Array,
  rows: number,
  columns: number,
  start: number,
  { row, column }: Strides,
): void {
  for (let r = 0; r < rows; r++) {
    let at = start + r * row;
    for (let c = 0; c < columns; c++, at += column) volume[at] = hu[r * columns + c] ?? 0;
  }
}

async function readSlice(folder: string, path: string): Promise<Buffer> {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const file = await open(join(folder, path), flags);
    try {
      const stats = await file.stat();
      if (!stats.isFile() || stats.size > MAX_SLICE_BYTES) throw changed(path);
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw changed(path, cause);
    throw cause;
  }
}

const changed = (path: string, cause?: unknown) =>
  input('intake.changed', `CT slice ${printableName(path)} has changed or gone since the case was validated`, {
    cause,
    remedy: 'put the complete folder into the inbox: it is taken as a new run',
  });
