import { toCaseError, toFailure, type Failure } from '../../../domain/errors.js';
import type { EngineDicom } from '../../../ports/engine-dicom.js';
import type { EngineRequest, EngineResult } from '../../../ports/engine.js';
import type { JobExit } from '../../../ports/scheduler.js';
import { judgeMoqui } from './judge-moqui.js';
import type { MoquiOptions } from './moqui-options.js';
import { prepareAttempt } from './prepare-attempt.js';

/** What moqui's engine has done with files. Plain data: it goes to a thread. */
export type MoquiTask =
  | { readonly do: 'prepare'; readonly options: MoquiOptions; readonly request: EngineRequest }
  | { readonly do: 'judge'; readonly request: EngineRequest; readonly exit: JobExit };

/** The answer of a thread: errors lose their class on the way. */
export type MoquiReply =
  { readonly result: EngineResult | null } | { readonly failure: Failure; readonly cause: unknown };

/** The result of a judgement; null for a preparation. Throws what `prepareAttempt` and `judgeMoqui` throw. */
export async function doMoquiTask(dicom: EngineDicom, task: MoquiTask): Promise<EngineResult | null> {
  if (task.do === 'judge') return judgeMoqui(task.request, task.exit);
  await prepareAttempt(dicom, task.options, task.request);
  return null;
}

/** For the thread: never rejects. */
export async function moquiReply(dicom: EngineDicom, task: MoquiTask): Promise<MoquiReply> {
  try {
    return { result: await doMoquiTask(dicom, task) };
  } catch (thrown) {
    const error = toCaseError(thrown);
    return { failure: toFailure(error), cause: error.cause };
  }
}
