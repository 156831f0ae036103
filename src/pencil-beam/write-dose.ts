import { dirname, join } from 'node:path';
import { permanent } from '../domain/errors.js';
import type { Grid } from '../domain/grid.js';
import { writeWholeFile } from '../files/whole-file.js';
import { formatMetaImageHeader } from '../dose/meta-image.js';

/**
 * Writes the dose as float32 MetaImage and, before it, remarks.json beside it: whoever finds a dose finds its remarks. Each
 * file appears whole.
 */
export async function writeDose(
  path: string,
  grid: Grid,
  doseGy: Float32Array,
  remarks: readonly string[],
): Promise<void> {
  if (!doseGy.every(Number.isFinite)) throw permanent('engine.bad-dose', 'the calculated dose is not finite');
  await writeWholeFile(join(dirname(path), 'remarks.json'), [Buffer.from(`${JSON.stringify(remarks, null, 2)}\n`)]);
  const values = Buffer.from(doseGy.buffer, doseGy.byteOffset, doseGy.byteLength);
  await writeWholeFile(path, [Buffer.from(formatMetaImageHeader(grid, 'MET_FLOAT')), values]);
}
