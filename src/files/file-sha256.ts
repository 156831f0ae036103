import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { systemCode } from './system-code.js';

/** SHA-256 of a file as hexadecimal digits, read in pieces; null when it is not there. */
export async function fileSha256(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) hash.update(chunk);
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
  return hash.digest('hex');
}
