import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Grid } from '../../src/domain/grid.js';
import { voxelCount } from '../../src/domain/grid.js';
import { formatMetaImageHeader } from '../../src/dose/meta-image.js';
import type { EngineResult } from '../../src/ports/engine.js';

/** Writes a MetaImage as an engine does, float64, dose by voxel index, and gives the result a judge would. */
export function anEngineResult(
  path: string,
  grid: Grid,
  doseGy: (index: number) => number,
  remarks: readonly string[] = [],
): EngineResult {
  const values = Float64Array.from({ length: voxelCount(grid) }, (_, index) => doseGy(index));
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(
    path,
    Buffer.concat([Buffer.from(formatMetaImageHeader(grid, 'MET_DOUBLE')), Buffer.from(values.buffer)]),
  );
  return { path, grid, maxGy: values.reduce((max, gy) => Math.max(max, gy), 0), remarks };
}
