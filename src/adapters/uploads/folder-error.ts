import { CaseError, operator, transient } from '../../domain/errors.js';

const NO_ROOM = ['ENOSPC', 'EDQUOT'];
const NO_RIGHT = ['EACCES', 'EPERM', 'EROFS'];

/**
 * What the operating system said of a target folder, as a CaseError: a full disk and missing rights need a person,
 * anything else (the share is away) may pass. What is no answer of the operating system stays as it is.
 */
export function folderError(thrown: unknown, target: string): unknown {
  const code = systemCode(thrown);
  if (code === null) return thrown;
  if (NO_ROOM.includes(code)) {
    return operator('disk.full', `upload target ${target} has no room left`, {
      cause: thrown,
      remedy: 'free space at the target, then: mqi resume ID',
    });
  }
  if (NO_RIGHT.includes(code)) {
    return operator('upload.auth', `upload target ${target} may not be written (${code})`, {
      cause: thrown,
      remedy: 'give the service write access to the target folder, then: mqi resume ID',
    });
  }
  return transient('upload.unavailable', `upload target ${target} cannot be reached (${code})`, { cause: thrown });
}

/** ENOENT and the like; null for errors that do not come from the operating system (an abort among them). */
export function systemCode(thrown: unknown): string | null {
  if (thrown instanceof CaseError || !(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) {
    return null;
  }
  return String(thrown.code);
}
