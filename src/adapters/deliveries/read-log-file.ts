import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { CaseError, transient } from '../../domain/errors.js';
import { mayPass, systemCode } from '../../files/system-code.js';
import { badLog } from './log-text.js';

/**
 * All bytes of a regular file. Links are not followed and a FIFO is not waited for.
 * @param shown name for errors
 * @param check throws if a file of this size is not to be read
 * @throws input `delivery.log`; transient `delivery.unreadable`
 */
export const readLogFile = (shown: string, path: string, check: (bytes: number) => void): Promise<Buffer> =>
  fromFile(shown, path, check, (handle, size) => bytesOf(shown, handle, 0, size));

/** The last bytes of a file that has at least so many. Otherwise as readLogFile. */
export const readLogEnd = (
  shown: string,
  path: string,
  count: number,
  check: (bytes: number) => void,
): Promise<Buffer> => fromFile(shown, path, check, (handle, size) => bytesOf(shown, handle, size - count, count));

async function fromFile(
  shown: string,
  path: string,
  check: (bytes: number) => void,
  read: (handle: FileHandle, size: number) => Promise<Buffer>,
): Promise<Buffer> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw badLog(shown, 'is not a regular file');
      check(info.size);
      return await read(handle, info.size);
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw unreadable(shown, thrown);
  }
}

/** What was thrown while a log was read, as a CaseError; what is no answer of the operating system stays as it is. */
export function unreadable(shown: string, thrown: unknown): unknown {
  const code = systemCode(thrown);
  if (thrown instanceof CaseError || code === null) return thrown;
  if (mayPass(thrown)) {
    return transient('delivery.unreadable', `${shown} could not be read now (${code})`, { cause: thrown });
  }
  return badLog(shown, code === 'ELOOP' ? 'is a link' : `could not be read (${code})`, thrown);
}

async function bytesOf(shown: string, handle: FileHandle, from: number, count: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(count);
  let done = 0;
  while (done < count) {
    const { bytesRead } = await handle.read(bytes, done, count - done, from + done);
    if (bytesRead === 0) throw badLog(shown, 'became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}
