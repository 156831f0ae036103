import { toCaseError, toFailure } from '../../../domain/errors.js';
import { diskError } from '../../../files/disk-error.js';
import type { DoseReply, DoseTask } from './dose-task.js';
import { doDoseTask } from './write-dose.js';

/** Entry of the worker thread (piscina calls `runDoseTask`): reading and writing of doses never blocks the service. */
export async function runDoseTask(task: DoseTask): Promise<DoseReply> {
  try {
    return { dose: await doDoseTask(task) };
  } catch (thrown) {
    const error = toCaseError(diskError(thrown));
    return { failure: toFailure(error), cause: error.cause };
  }
}
