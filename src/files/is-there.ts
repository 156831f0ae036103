import { stat } from 'node:fs/promises';
import { systemCode } from './system-code.js';

/** Whether there is something of this name. Throws what the operating system says where it cannot tell. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (thrown) {
    const code = systemCode(thrown);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw thrown;
  }
}
