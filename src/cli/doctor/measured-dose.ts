import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeElements, MAX_HEADER_BYTES, parseMetaImageHeader } from '../../dose/meta-image.js';
import { distal80Mm } from '../../dose/distal-depth.js';
import { diskError } from '../../files/disk-error.js';
import type { EngineResult } from '../../ports/engine.js';

/** kg of a cubic millimetre of water. */
const KG_PER_MM3 = 1e-6;

/** What the test beam left in the water. */
interface MeasuredDose {
  /** Of the distal 80 % of the dose in planes across the beam; NaN where it does not fall so far. */
  readonly depthMm: number;
  /** Energy that all the dose stands for, J. */
  readonly energyJ: number;
}

/** Of a beam that travels along +y from the phantom's face. */
export async function measuredDose(result: EngineResult): Promise<MeasuredDose> {
  const [nx, ny] = result.grid.size;
  const dose = await doseOf(result);
  const planes = new Float64Array(ny);
  dose.forEach((gy, index) => {
    const plane = Math.floor(index / nx) % ny;
    planes[plane] = (planes[plane] ?? 0) + gy;
  });
  const [x, y, z] = result.grid.spacingMm;
  const sumGy = planes.reduce((sum, gy) => sum + gy, 0);
  return { depthMm: distal80Mm(planes, y), energyJ: sumGy * x * y * z * KG_PER_MM3 };
}

async function doseOf({ path, grid }: EngineResult): Promise<Float64Array> {
  try {
    const bytes = await readFile(path);
    const { headerBytes, dataFile, elementType } = parseMetaImageHeader(bytes.subarray(0, MAX_HEADER_BYTES));
    const values = dataFile === 'LOCAL' ? bytes.subarray(headerBytes) : await readFile(join(path, '..', dataFile));
    const [nx, ny, nz] = grid.size;
    return decodeElements(values, elementType, nx * ny * nz);
  } catch (thrown) {
    throw diskError(thrown);
  }
}
