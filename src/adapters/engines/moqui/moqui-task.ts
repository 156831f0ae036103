import { toCaseError, toFailure, type Failure } from '../../../domain/errors.js';
import type { EngineDicom } from '../../../ports/engine-dicom.js';
import type { BeamFiles, EngineRequest, EngineResult } from '../../../ports/engine.js';
import type { JobExit } from '../../../ports/scheduler.js';
import { judgeMoqui } from './judge-moqui.js';
import type { MoquiOptions } from './moqui-options.js';
import { prepareAttempt } from './prepare-attempt.js';
import { sharedCt, type StopFlag } from './shared-ct.js';

/** What moqui's engine has done with files. Plain data: it goes to a thread. */
export type MoquiTask =
  | { readonly do: 'ahead'; readonly options: MoquiOptions; readonly beam: BeamFiles; readonly stop: StopFlag }
  | { readonly do: 'prepare'; readonly options: MoquiOptions; readonly request: EngineRequest }
  | { readonly do: 'judge'; readonly request: EngineRequest; readonly exit: JobExit };

/** Of a look ahead the files that jobs will read, of a judgement the result, of a preparation null. */
export type MoquiDone = readonly string[] | EngineResult | null;

/** The answer of a thread: errors lose their class on the way. */
export type MoquiReply = { readonly result: MoquiDone } | MoquiFailure;
interface MoquiFailure {
  readonly failure: Failure;
  readonly repeats: boolean;
  readonly cause: unknown;
}

/** Throws what `sharedCt`, `prepareAttempt` and `judgeMoqui` throw. */
export async function doMoquiTask(dicom: EngineDicom, task: MoquiTask): Promise<MoquiDone> {
  if (task.do === 'ahead') return sharedCt(dicom, task.options, task);
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
    return { failure: toFailure(error), repeats: error.repeats, cause: error.cause };
  }
}
