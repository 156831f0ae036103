import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FileToSend } from '../../../ports/remote-files.js';
import { encodeWord } from './wire.js';

/** What STORE_MANY reads: before each file its size, hash and name. Throws when a file is shorter than it was. */
export async function* framedFiles(files: readonly FileToSend[]): AsyncGenerator<Buffer> {
  for (const { from, to, sha256 } of files) {
    const { size } = await stat(from);
    yield Buffer.from(`${String(size)} ${sha256} ${encodeWord(to)}\n`);
    if (size === 0) continue;
    let sent = 0;
    for await (const bytes of createReadStream(from, { end: size - 1, highWaterMark: 1 << 20 })) {
      sent += (bytes as Buffer).length;
      yield bytes as Buffer;
    }
    if (sent !== size) throw new Error('a file became shorter while it was sent');
  }
}
