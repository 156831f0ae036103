import { fstatSync, readSync } from 'node:fs';
import { permanent } from '../../../domain/errors.js';
import { type Grid, voxelCount } from '../../../domain/grid.js';
import { systemCode } from '../../../files/system-code.js';
import { MAX_HEADER_BYTES, parseMetaImageHeader } from '../../../dose/meta-image.js';
import { withFile } from '../writing/with-file.js';

/** What looks at a CT slice by slice: HU, x fastest. */
export type SliceReader = (k: number, hu: Int16Array) => void;

/**
 * Hands over every slice of the CT image of a case in turn; null, and nothing handed over, where it is not there (cleaned away).
 * @param begin is told the grid first
 */
export function readCtVolume(path: string, begin: (grid: Grid) => SliceReader): Grid | null {
  try {
    return withFile(path, (file) => {
      const start = Buffer.alloc(Math.min(MAX_HEADER_BYTES, fstatSync(file).size));
      readSync(file, start, 0, start.length, 0);
      const { grid, elementType, dataFile, headerBytes } = parseMetaImageHeader(start);
      const whole = headerBytes + voxelCount(grid) * 2 === fstatSync(file).size;
      if (elementType !== 'MET_SHORT' || dataFile !== 'LOCAL' || !whole) throw damaged();
      const slice = new Int16Array(grid.size[0] * grid.size[1]);
      const bytes = new Uint8Array(slice.buffer);
      const take = begin(grid);
      for (let k = 0; k < grid.size[2]; k++) {
        // Little-endian, as every machine that this runs on.
        if (readSync(file, bytes, 0, bytes.length, headerBytes + k * bytes.length) !== bytes.length) throw damaged();
        take(k, slice);
      }
      return grid;
    });
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
}

const damaged = (): Error =>
  permanent('work.damaged', 'the CT image in the work folder is not as it was written', {
    remedy: 'mqi retry ID --from interpret',
  });
