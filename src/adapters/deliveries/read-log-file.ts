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
export async function readLogFile(shown: string, path: string, check: (bytes: number) => void): Promise<Buffer> {
  try {
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw badLog(shown, 'is not a regular file');
      check(info.size);
      return await allBytes(shown, handle, info.size);
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

async function allBytes(shown: string, handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  let done = 0;
  while (done < size) {
    const { bytesRead } = await handle.read(bytes, done, size - done, done);
    if (bytesRead === 0) throw badLog(shown, 'became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}
