import { constants } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { diskError } from '../../files/disk-error.js';
import { writeWholeFile as writeFileWhole } from '../../files/whole-file.js';

/**
 * Writes a file of the work folder whole or not at all. A step that is repeated writes over it. Two writers can meet,
 * when a step that hung and was left to itself goes on late: each writes a part file of its own, and both the same bytes.
 * Part files of a service that died are removed by the reconciler.
 * @throws operator `disk.full`, `disk.read-only`, `disk.not-writable`; transient `disk.failed`
 */
export async function writeWholeFile(target: string, content: string | Buffer): Promise<void> {
  try {
    await writeFileWhole(target, content, undefined, `${target}.${randomBytes(6).toString('hex')}.part`);
  } catch (thrown) {
    throw diskError(thrown);
  }
}

/** The first `maxBytes` of a file of the inbox. A link put there since it was listed is not followed. */
export async function readDropped(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafe(Math.min(size, maxBytes));
    let have = 0;
    // A mounted share may give less at a time than it was asked for.
    while (have < bytes.length) {
      const { bytesRead } = await file.read(bytes, have, bytes.length - have, have);
      if (bytesRead === 0) break;
      have += bytesRead;
    }
    return bytes.subarray(0, have);
  } finally {
    await file.close();
  }
}
