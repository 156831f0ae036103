import { CaseError } from '../../../domain/errors.js';
import type { Severity } from '../../../domain/errors.js';
import type { Grid } from '../../../domain/grid.js';
import type { CtSlice } from '../../../domain/inventory.js';
import type { IonPlan } from '../../../domain/plan.js';
import { diskError } from '../../../files/disk-error.js';
import { writeCtImage } from './ct-image.js';
import { readHeader, scratchBuffer } from './header-reader.js';
import type { HeaderRead } from './header-reader.js';
import { readPlanFile } from './plan-reader.js';

/** Runs in a worker thread: what would hold up the service's own thread. */

/** A CaseError does not survive the way between threads; its parts do. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly severity: Severity;
      readonly code: string;
      readonly message: string;
      readonly remedy: string;
    };

export interface CtImageTask {
  readonly folder: string;
  readonly slices: readonly CtSlice[];
  readonly target: string;
}

export interface HeaderTask {
  readonly absolute: string;
  readonly path: string;
}

export const plan = (file: string): Promise<Answer<IonPlan>> => answer(readPlanFile(file));

export const ctImage = ({ folder, slices, target }: CtImageTask): Promise<Answer<Grid>> =>
  answer(writeCtImage(folder, slices, target));

export const header = ({ absolute, path }: HeaderTask): Promise<Answer<HeaderRead>> =>
  answer(readHeader(absolute, path, scratchBuffer(), Infinity));

async function answer<T>(work: Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work };
  } catch (thrown) {
    const error = diskError(thrown);
    if (!(error instanceof CaseError)) throw error;
    const { severity, code, message, remedy } = error;
    return { ok: false, severity, code, message, remedy };
  }
}
