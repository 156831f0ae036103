import { constants } from 'node:fs';
import { mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { operator } from '../../domain/errors.js';

/**
 * Writes a file that is there whole or not at all: part file, fsync, rename. A step that is repeated writes over it; two
 * writers cannot meet, since only the holder of the case's lease writes in the case's work folder.
 * @throws operator `disk.full`
 */
export async function writeWholeFile(target: string, content: string | Buffer): Promise<void> {
  try {
    await mkdir(dirname(target), { recursive: true });
    const part = `${target}.part`;
    const file = await open(part, 'w');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, target);
    await syncFolder(dirname(target));
  } catch (cause) {
    throw isFull(cause) ? diskFull(cause) : cause;
  }
}

/** The first `maxBytes` of a file of the inbox. A link put there since it was listed is not followed. */
export async function readDropped(path: string, maxBytes: number): Promise<Buffer> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    const bytes = Buffer.allocUnsafe(Math.min(size, maxBytes));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

function isFull(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException).code;
  return code === 'ENOSPC' || code === 'EDQUOT';
}

const diskFull = (cause: unknown) =>
  operator('disk.full', 'the disk of the root is full', {
    cause,
    remedy: 'make room on the disk of the root, then: mqi resume ID',
  });
