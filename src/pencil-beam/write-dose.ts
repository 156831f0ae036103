import { open, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { permanent } from '../domain/errors.js';
import type { Grid } from '../domain/grid.js';
import { formatMetaImageHeader } from '../dose/meta-image.js';

/**
 * Writes the dose as float32 MetaImage and, before it, remarks.json beside it: whoever finds a dose finds its remarks. Each
 * file appears whole (part file, fsync, rename).
 */
export async function writeDose(
  path: string,
  grid: Grid,
  doseGy: Float32Array,
  remarks: readonly string[],
): Promise<void> {
  if (!doseGy.every(Number.isFinite)) throw permanent('engine.bad-dose', 'the calculated dose is not finite');
  await writeWhole(join(dirname(path), 'remarks.json'), [Buffer.from(`${JSON.stringify(remarks, null, 2)}\n`)]);
  const values = Buffer.from(doseGy.buffer, doseGy.byteOffset, doseGy.byteLength);
  await writeWhole(path, [Buffer.from(formatMetaImageHeader(grid, 'MET_FLOAT')), values]);
}

async function writeWhole(path: string, parts: readonly Buffer[]): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, 'w');
  try {
    for (const bytes of parts) await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}
