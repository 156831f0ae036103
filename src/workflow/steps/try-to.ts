import { toCaseError, type CaseError } from '../../domain/errors.js';

export type Tried<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: CaseError };

/**
 * The result of `work`, or its failure as a value, so that it is told apart from failures of what comes after. What is
 * thrown once the signal has aborted is no failure: it is thrown on.
 */
export async function tryTo<T>(signal: AbortSignal, work: () => Promise<T>): Promise<Tried<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    signal.throwIfAborted();
    return { ok: false, error: toCaseError(thrown) };
  }
}
