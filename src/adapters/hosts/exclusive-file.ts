import { randomBytes } from 'node:crypto';
import { link, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from './host-failure.js';

/**
 * Creates the file with this content, whole and durable, or gives false and changes nothing if it exists. The text is
 * written to a part file which is then linked to its name: link(2) fails if the name is taken, and no reader and no crash
 * can see a half-written file. Where links are not to be had (some network shares), an exclusive create stands in.
 */
export async function createExclusive(path: string, text: string): Promise<boolean> {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  await writeSynced(part, text);
  try {
    await link(part, path);
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(code)) throw thrown;
    if (!(await createInPlace(path, text))) return false;
  } finally {
    await rm(part, { force: true });
  }
  await syncFolder(dirname(path));
  return true;
}

async function createInPlace(path: string, text: string): Promise<boolean> {
  try {
    await writeSynced(path, text);
    return true;
  } catch (thrown) {
    if (errorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}

async function writeSynced(path: string, text: string): Promise<void> {
  await withFile(await open(path, 'wx', 0o640), async (file) => {
    await file.writeFile(text);
    await file.sync();
  });
}

/** A new name in a folder is durable once the folder itself is written. */
async function syncFolder(folder: string): Promise<void> {
  await withFile(await open(folder, 'r'), (file) => file.sync());
}

async function withFile<T>(file: FileHandle, use: (file: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}
