import { operator, transient } from '../domain/errors.js';
import { systemCode } from './system-code.js';

/**
 * What the operating system said of a file of ours, as a CaseError: a disk that is full or read-only and missing rights
 * need a person; what is short now (EMFILE, ENOMEM) or may pass (EIO, ESTALE) is tried again. Its own text is not used,
 * since it quotes the path. What is no answer of the operating system stays as it is.
 * @param place whose disk, in words: "the disk of the root"
 */
export function diskError(thrown: unknown, place = 'the disk of the root'): unknown {
  const code = systemCode(thrown);
  switch (code) {
    case null:
      return thrown;
    case 'ENOSPC':
    case 'EDQUOT':
      return operator('disk.full', `there is no room left on ${place}`, {
        cause: thrown,
        remedy: `make room on ${place}, then: mqi resume ID`,
      });
    case 'EROFS':
      return operator('disk.read-only', `${place} is mounted read-only`, {
        cause: thrown,
        remedy: 'look why (mostly an error of the disk), mount it writable, then: mqi resume ID',
      });
    case 'EACCES':
    case 'EPERM':
      return operator('disk.not-writable', `a file or folder on ${place} may not be used (${code})`, {
        cause: thrown,
        remedy: 'give the service the right to read and write it, then: mqi resume ID',
      });
    default:
      return transient('disk.failed', `a file on ${place} could not be read or written (${code})`, { cause: thrown });
  }
}
