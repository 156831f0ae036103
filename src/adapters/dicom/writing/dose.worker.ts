import { toCaseError, toFailure } from '../../../domain/errors.js';
import type { DoseReply, DoseTask } from './dose-task.js';
import { storageError } from './storage-error.js';
import { doDoseTask } from './write-dose.js';

/** Entry of the worker thread (piscina calls `runDoseTask`): reading and writing of doses never blocks the service. */
export async function runDoseTask(task: DoseTask): Promise<DoseReply> {
  try {
    return { dose: await doDoseTask(task) };
  } catch (thrown) {
    const error = toCaseError(storageError(thrown));
    return { failure: toFailure(error), cause: error.cause };
  }
}
