import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { systemCode } from './system-code.js';
import { makeFolders } from './make-folders.js';

/** Some network file systems cannot flush a folder; the rename itself is then all they offer. */
const NO_FOLDER_FLUSH = ['EINVAL', 'ENOSYS', 'ENOTSUP', 'EISDIR'];

/** Writes are handed over in parts of this size: Node takes no more than 2 GiB at once. */
const PART_BYTES = 1 << 26;

/**
 * Writes a file that is there whole or not at all, also after a power cut: `<target>.part`, flush, rename, flush of the
 * folder, which is made if missing. Nothing is left of it when a write fails (a full disk); what a crash leaves is the
 * part file, which the next writer of the same place overwrites. One writer for a place at a time: the caller sees to it.
 * Throws what the operating system says.
 * @param check looks at the finished part file before it gets its name; what it throws undoes the write
 * @param part another name for the part file, where two writers of one place may meet: it is overwritten by nobody
 */
export async function writeWholeFile(
  target: string,
  content: string | Uint8Array | readonly Uint8Array[] | ((file: FileHandle) => Promise<void>),
  check?: (part: string) => Promise<void>,
  part = `${target}.part`,
): Promise<void> {
  await makeFolders(dirname(target));
  try {
    const file = await open(part, 'w', 0o640);
    try {
      if (typeof content === 'function') await content(file);
      else for (const bytes of inParts(content)) await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await check?.(part);
    await rename(part, target);
  } catch (thrown) {
    await rm(part, { force: true }).catch(() => undefined); // on a disk that fails this may fail too: the first reason counts
    throw thrown;
  }
  await flushFolder(dirname(target));
}

/** Makes renames and new names in a folder last. */
export async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_FOLDER_FLUSH.includes(systemCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

function* inParts(content: string | Uint8Array | readonly Uint8Array[]): Generator<string | Uint8Array> {
  if (typeof content === 'string') {
    yield content;
    return;
  }
  for (const bytes of content instanceof Uint8Array ? [content] : content) {
    for (let at = 0; at < bytes.length; at += PART_BYTES) yield bytes.subarray(at, at + PART_BYTES);
  }
}
