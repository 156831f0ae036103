import { open, type FileHandle } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { permanent } from '../domain/errors.js';
import type { Geometry } from '../domain/geometry.js';
import { voxelCount } from '../domain/grid.js';
import { MAX_HEADER_BYTES, parseMetaImageHeader } from '../dose/meta-image.js';
import { rspTable } from '../dose/rsp-table.js';
import type { Medium } from '../dose/ray-trace.js';

/**
 * What the beam is shot at: the CT as it is, or the water box as one big voxel.
 * @throws permanent `engine.bad-input` when the CT cannot be read
 */
export async function loadMedium({ phantom, ctPath, huToRsp }: Geometry): Promise<Medium> {
  if (phantom) return waterBox(phantom);
  if (!ctPath || !huToRsp) throw permanent('engine.bad-input', 'there is neither a CT nor a phantom');
  try {
    return await readCt(ctPath, huToRsp);
  } catch (cause) {
    throw permanent('engine.bad-input', 'the CT cannot be read as int16 MetaImage', { cause });
  }
}

function waterBox({ minMm, maxMm }: NonNullable<Geometry['phantom']>): Medium {
  const side = (a: 0 | 1 | 2): number => maxMm[a] - minMm[a];
  const middle = (a: 0 | 1 | 2): number => (minMm[a] + maxMm[a]) / 2;
  return {
    grid: {
      originMm: [middle(0), middle(1), middle(2)],
      spacingMm: [side(0), side(1), side(2)],
      size: [1, 1, 1],
    },
    hu: Int16Array.of(0),
    rspByHu: rspTable([[0, 1]]),
  };
}

async function readCt(path: string, huToRsp: NonNullable<Geometry['huToRsp']>): Promise<Medium> {
  const file = await open(path, 'r');
  try {
    const start = await fill(file, Buffer.alloc(Math.min(MAX_HEADER_BYTES, (await file.stat()).size)), 0);
    const { grid, elementType, dataFile, headerBytes } = parseMetaImageHeader(start);
    if (elementType !== 'MET_SHORT') throw new Error(`element type ${elementType}`);
    const hu = new Int16Array(voxelCount(grid));
    const bytes = Buffer.from(hu.buffer);
    if (dataFile === 'LOCAL') await fill(file, bytes, headerBytes);
    else await fillFrom(resolve(dirname(path), dataFile), bytes);
    return { grid, hu, rspByHu: rspTable(huToRsp) };
  } finally {
    await file.close();
  }
}

async function fillFrom(path: string, bytes: Buffer): Promise<void> {
  const file = await open(path, 'r');
  try {
    await fill(file, bytes, 0);
  } finally {
    await file.close();
  }
}

/** Reads exactly the buffer's length from a position. */
async function fill(file: FileHandle, bytes: Buffer, position: number): Promise<Buffer> {
  for (let filled = 0; filled < bytes.length;) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, position + filled);
    if (bytesRead === 0) throw new Error('the file ends too early');
    filled += bytesRead;
  }
  return bytes;
}
