import { open, type FileHandle } from 'node:fs/promises';
import { permanent } from '../../../domain/errors.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { Grid } from '../../../domain/grid.js';
import { MAX_HEADER_BYTES, parseMetaImageHeader, type MetaImageHeader } from '../../../dose/meta-image.js';
import type { CtVolume } from '../../../ports/engine-dicom.js';
import { diskFailure } from '../engine-files.js';
import { engineGrid, phantomGrid, type EngineGrid } from './engine-grid.js';

const AIR_HU = -1000;
const WATER_HU = 0;

/** What moqui is shot at, slice by slice. */
export interface EngineCt extends CtVolume {
  readonly on: EngineGrid;
}

/** Opens the case's CT, or makes the water box up, and hands it to `use`; closes it whatever happens. */
export async function withEngineCt<T>(geometry: Geometry, use: (ct: EngineCt) => Promise<T>): Promise<T> {
  if (geometry.ctPath === null) return use(waterBox(geometry));
  const file = await open(geometry.ctPath, 'r').catch((thrown: unknown) => {
    throw diskFailure(thrown, 'reading the CT of the case');
  });
  try {
    return await use(await ctOf(file, geometry.frameOfReferenceUid));
  } finally {
    await file.close();
  }
}

function waterBox(geometry: Geometry): EngineCt {
  const { phantom, frameOfReferenceUid } = geometry;
  if (phantom === null) throw permanent('engine.geometry', 'geometry.json names neither a CT nor a phantom');
  const on = phantomGrid(geometry);
  const { grid } = on;
  const inside = (axis: 0 | 1 | 2, index: number): boolean => {
    const mm = grid.originMm[axis] + index * grid.spacingMm[axis];
    return mm > phantom.minMm[axis] && mm < phantom.maxMm[axis];
  };
  const slice = (index: number): Promise<Int16Array> => {
    const [nx, ny] = grid.size;
    const hu = new Int16Array(nx * ny).fill(AIR_HU);
    if (!inside(2, index)) return Promise.resolve(hu);
    for (let y = 0; y < ny; y++) {
      if (!inside(1, y)) continue;
      for (let x = 0; x < nx; x++) if (inside(0, x)) hu[y * nx + x] = WATER_HU;
    }
    return Promise.resolve(hu);
  };
  return { on, grid, frameOfReferenceUid, slice };
}

async function ctOf(file: FileHandle, frameOfReferenceUid: string): Promise<EngineCt> {
  const header = await headerOf(file);
  if (header.elementType !== 'MET_SHORT' || header.dataFile !== 'LOCAL') {
    throw permanent('engine.geometry', 'the CT image of the case is not int16 in one file');
  }
  const on = engineGrid(header.grid);
  const slice = async (index: number): Promise<Int16Array> => placed(await readSlice(file, header, index), on);
  return { on, grid: on.grid, frameOfReferenceUid, slice };
}

async function headerOf(file: FileHandle): Promise<MetaImageHeader> {
  const start = Buffer.alloc(MAX_HEADER_BYTES);
  const { bytesRead } = await file.read(start, 0, start.length, 0);
  return parseMetaImageHeader(start.subarray(0, bytesRead));
}

async function readSlice(file: FileHandle, { grid, headerBytes }: MetaImageHeader, index: number): Promise<Int16Array> {
  const hu = new Int16Array(grid.size[0] * grid.size[1]);
  const bytes = Buffer.from(hu.buffer);
  for (let filled = 0; filled < bytes.length;) {
    const at = headerBytes + index * bytes.length + filled;
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, at);
    if (bytesRead === 0) throw permanent('work.damaged', 'the CT image of the case is shorter than its header says');
    filled += bytesRead;
  }
  return hu;
}

/** A slice on the engine's grid: as it is, or interpolated, and with columns of air. */
function placed(hu: Int16Array, { grid, from, resampled }: EngineGrid): Int16Array {
  if (!resampled && grid.size[0] === from.size[0]) return hu;
  const [nx, ny] = grid.size;
  const [fromX, fromY] = from.size;
  const out = new Int16Array(nx * ny).fill(AIR_HU);
  const columns = sources(grid, from, 0);
  const rows = sources(grid, from, 1);
  for (const [y, row] of rows.entries()) {
    const [upper, lower] = [row.low * fromX, Math.min(row.low + 1, fromY - 1) * fromX];
    for (const [x, column] of columns.entries()) {
      const right = Math.min(column.low + 1, fromX - 1);
      const above = mix(hu[upper + column.low] ?? 0, hu[upper + right] ?? 0, column.part);
      const below = mix(hu[lower + column.low] ?? 0, hu[lower + right] ?? 0, column.part);
      out[y * nx + x] = Math.round(mix(above, below, row.part));
    }
  }
  return out;
}

const mix = (a: number, b: number, part: number): number => a + (b - a) * part;

/** Of each place along an axis, as far as the source goes: the one below it, and how far on it lies. */
function sources(grid: Grid, from: Grid, axis: 0 | 1): readonly { readonly low: number; readonly part: number }[] {
  const last = from.size[axis] - 1;
  const covered = Math.round((from.size[axis] * from.spacingMm[axis]) / grid.spacingMm[axis]);
  return Array.from({ length: Math.min(covered, grid.size[axis]) }, (_, index) => {
    const mm = grid.originMm[axis] + index * grid.spacingMm[axis] - from.originMm[axis];
    const place = Math.min(Math.max(mm / from.spacingMm[axis], 0), last);
    const low = Math.min(Math.floor(place), Math.max(last - 1, 0));
    return { low, part: place - low };
  });
}
