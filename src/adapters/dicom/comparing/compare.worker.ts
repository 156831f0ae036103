import type { DoseComparison, GammaCriteria } from '../../../domain/dose-comparison.js';
import { toCaseError, toFailure, type Failure } from '../../../domain/errors.js';
import { voxelCount } from '../../../domain/grid.js';
import { doseDifference } from '../../../dose/dose-difference.js';
import type { DoseOnGrid } from '../../../dose/dose-on-grid.js';
import { gammaIndex } from '../../../dose/gamma.js';
import { diskError } from '../../../files/disk-error.js';

import { readDoseFile, readFrame } from '../writing/dose-file.js';
import { withFile } from '../writing/with-file.js';

export interface CompareTask {
  readonly reference: string;
  readonly evaluated: string;
  readonly criteria: GammaCriteria;
}

/** Errors of our class do not survive the way between threads; their parts do. */
export type CompareReply =
  { readonly comparison: DoseComparison } | { readonly failure: Failure; readonly cause: unknown };

/** Entry of the worker thread (piscina calls `compareDoses`). */
export function compareDoses({ reference, evaluated, criteria }: CompareTask): CompareReply {
  try {
    const [one, other] = [readWhole(reference), readWhole(evaluated)];
    const difference = doseDifference(one, other, criteria.thresholdPercent);
    return { comparison: { difference, gamma: gammaIndex(one, other, criteria) } };
  } catch (thrown) {
    const error = toCaseError(diskError(thrown));
    return { failure: toFailure(error), cause: error.cause };
  }
}

/** 4 bytes a voxel; rounding to them is far below any difference that is told. */
function readWhole(path: string): DoseOnGrid {
  const dose = readDoseFile(path);
  const values = new Float32Array(voxelCount(dose.grid));
  const plane = dose.grid.size[0] * dose.grid.size[1];
  withFile(path, (file) => {
    for (let frame = 0; frame < dose.grid.size[2]; frame++) values.set(readFrame(file, dose, frame), frame * plane);
  });
  return { grid: dose.grid, values };
}
