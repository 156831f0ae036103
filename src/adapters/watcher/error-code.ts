import { CaseError } from '../../domain/errors.js';

/** What the log may say of a failure: its code, never its text, which may quote a path. */
export function errorCode(thrown: unknown): string {
  if (thrown instanceof CaseError) return thrown.code;
  if (!(thrown instanceof Error)) return 'unknown';
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}

/** True for the errors of a folder that is not there (any more). */
export function isGone(thrown: unknown): boolean {
  const code = errorCode(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** True when the system gives no further watch: too many in all, or too many for this process. */
export function isOutOfWatches(thrown: unknown): boolean {
  return ['ENOSPC', 'EMFILE', 'ENFILE'].includes(errorCode(thrown));
}
