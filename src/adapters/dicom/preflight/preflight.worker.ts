import { toCaseError, toFailure } from '../../../domain/errors.js';
import { diskError } from '../../../files/disk-error.js';
import { checkObjects } from './check-objects.js';
import type { PreflightReply, PreflightTask } from './preflight-task.js';

/** Entry of the worker thread (piscina calls `runPreflight`). */
export async function runPreflight(task: PreflightTask): Promise<PreflightReply> {
  try {
    return { findings: await checkObjects(task) };
  } catch (thrown) {
    const error = toCaseError(diskError(thrown));
    return { failure: toFailure(error), cause: error.cause };
  }
}
