import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { permanent } from '../../domain/errors.js';
import type { Grid } from '../../domain/grid.js';
import { formatMetaImageHeader } from '../../dose/meta-image.js';
import type { EngineRequest } from '../../ports/engine.js';
import { diskFailure, readJson } from './engine-files.js';
import { makeFolders } from '../../files/make-folders.js';

const triple = z.tuple([z.number(), z.number(), z.number()]);
const count = z.int().min(1);
const Shape = z.object({
  ctPath: z.string().nullable(),
  doseGrid: z.object({ originMm: triple, spacingMm: triple, size: z.tuple([count, count, count]) }),
});

/**
 * The CT of the beam as MetaImage, int16 HU, along the patient axes; for a phantom a box of water (0 HU) on the dose grid,
 * which covers it, written into the attempt's folder.
 */
export async function ctImageFor(request: EngineRequest): Promise<string> {
  const parsed = Shape.safeParse(await readJson(request.geometryPath, 'the geometry of the beam'));
  if (!parsed.success) throw permanent('engine.geometry', 'geometry.json of the beam holds no dose grid');
  const { ctPath, doseGrid } = parsed.data;
  if (ctPath !== null) return ctPath;
  const path = join(request.folder, 'ct.mha');
  try {
    await makeFolders(request.folder);
    await writeWater(`${path}.part`, doseGrid);
    await rename(`${path}.part`, path);
  } catch (thrown) {
    throw diskFailure(thrown, 'writing the phantom for the engine');
  }
  return path;
}

async function writeWater(path: string, grid: Grid): Promise<void> {
  const file = await open(path, 'w', 0o640);
  try {
    await file.write(formatMetaImageHeader(grid, 'MET_SHORT'));
    const plane = Buffer.alloc(grid.size[0] * grid.size[1] * 2); // 0 HU
    for (let index = 0; index < grid.size[2]; index++) await file.writeFile(plane);
  } finally {
    await file.close();
  }
}
