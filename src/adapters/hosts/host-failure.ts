import { operator, transient, type CaseError } from '../../domain/errors.js';

/**
 * A failed system call as the error it means for a case. Its own text is not used: it may quote a path.
 * @param doing what was tried, in words: "starting a job"
 */
export function hostFailure(thrown: unknown, doing: string): CaseError {
  const code = errorCode(thrown);
  const cause = { cause: thrown };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return operator('disk.full', `the disk is full: ${doing} failed`, {
        ...cause,
        remedy: 'free space below the root, then: mqi resume ID',
      });
    case 'EROFS':
      return operator('disk.read-only', `the disk is mounted read-only: ${doing} failed`, {
        ...cause,
        remedy: 'look why (mostly an error of the disk), mount it writable, then: mqi resume ID',
      });
    case 'EACCES':
    case 'EPERM':
      return operator('host.not-permitted', `${doing} is not permitted (${code})`, {
        ...cause,
        remedy: 'give the service the right to write below the root, then: mqi resume ID',
      });
    case 'E2BIG':
      return operator('engine.command', `${doing} failed: too many or too long arguments`, cause);
    default:
      // EAGAIN, EMFILE, ENFILE, ENOMEM: short of processes, files or memory now; anything else (EIO, ESTALE) may pass too.
      return transient('host.busy', `${doing} failed (${code})`, cause);
  }
}

/** The system's code (ENOENT ...) of anything thrown, or `unknown`. */
export function errorCode(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown';
}
