import { CaseError, operator, transient } from '../../../domain/errors.js';

const NO_ROOM = ['ENOSPC', 'EDQUOT'];
const NO_RIGHT = ['EACCES', 'EPERM', 'EROFS'];

/** What the operating system said of a file of ours, as a CaseError; other errors as they are. */
export function storageError(thrown: unknown): unknown {
  if (thrown instanceof CaseError || !(thrown instanceof Error) || !('code' in thrown)) return thrown;
  const code = String(thrown.code);
  if (NO_ROOM.includes(code)) {
    return operator('disk.full', 'there is no room left on the disk', {
      cause: thrown,
      remedy: 'free space, then: mqi resume ID',
    });
  }
  if (NO_RIGHT.includes(code)) {
    return operator('disk.not-writable', `a folder may not be written (${code})`, {
      cause: thrown,
      remedy: 'give write access to it, then: mqi resume ID',
    });
  }
  return transient('disk.failed', `a file could not be read or written (${code})`, {
    cause: thrown,
  });
}
