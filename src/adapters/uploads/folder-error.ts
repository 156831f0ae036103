import { operator, permanent, transient } from '../../domain/errors.js';
import { systemCode } from '../../files/system-code.js';

/**
 * What the operating system said of a target folder, as a CaseError: a full or read-only disk and missing rights need a
 * person, anything else (the share is away) may pass. What is no answer of the operating system stays as it is.
 */
export function folderError(thrown: unknown, target: string): unknown {
  const code = systemCode(thrown);
  switch (code) {
    case null:
      return thrown;
    case 'ENOSPC':
    case 'EDQUOT':
      return operator('disk.full', `upload target ${target} has no room left`, {
        cause: thrown,
        remedy: 'free space at the target, then: mqi resume ID',
      });
    case 'EROFS':
      return operator('disk.read-only', `upload target ${target} is mounted read-only`, {
        cause: thrown,
        remedy: 'mount the target folder writable, then: mqi resume ID',
      });
    case 'EACCES':
    case 'EPERM':
      return operator('upload.auth', `upload target ${target} may not be written (${code})`, {
        cause: thrown,
        remedy: 'give the service write access to the target folder, then: mqi resume ID',
      });
    case 'ENAMETOOLONG':
      return permanent('upload.bad-name', `a name is too long for the file system of upload target ${target}`, {
        cause: thrown,
        remedy: 'give the target a template that makes shorter names, restart the service, then: mqi retry ID',
      });
    default:
      return transient('upload.unavailable', `upload target ${target} cannot be reached (${code})`, { cause: thrown });
  }
}
