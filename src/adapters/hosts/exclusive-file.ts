import { randomBytes } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { errorCode } from './host-failure.js';

/**
 * Creates the file with this content, whole, or gives false and changes nothing if it exists. The text is written to a
 * part file which is then linked to its name: link(2) fails if the name is taken, and no reader, and no end of our own
 * process, can see a half-written file. Where links are not to be had (some network shares), an exclusive create stands in.
 */
export async function createExclusive(path: string, text: string): Promise<boolean> {
  const part = `${path}.${randomBytes(6).toString('hex')}.part`;
  await writeFile(part, text, { flag: 'wx', mode: 0o640 });
  try {
    await link(part, path);
    return true;
  } catch (thrown) {
    const code = errorCode(thrown);
    if (code === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS'].includes(code)) throw thrown;
    return await createInPlace(path, text);
  } finally {
    await rm(part, { force: true });
  }
}

async function createInPlace(path: string, text: string): Promise<boolean> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o640 });
    return true;
  } catch (thrown) {
    if (errorCode(thrown) === 'EEXIST') return false;
    throw thrown;
  }
}
