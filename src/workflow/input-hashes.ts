import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { InputHash, NamedInput } from '../domain/input-file.js';
import { mayPass, systemCode } from '../files/system-code.js';

/** Read and digested in one go: well under a millisecond of the thread. */
const PART_BYTES = 256 * 1024;
/** Enough to keep a share busy, few enough to leave the thread pool to others. */
const IN_FLIGHT = 4;

/**
 * SHA-256 of dropped files. Each is read once, no link is followed; one that is gone is left out, one that cannot be read
 * has no hash.
 * @param folder absolute, of the case
 * @throws what the share says when it does not answer, and the signal's reason
 */
export async function inputHashes(
  folder: string,
  files: readonly NamedInput[],
  signal?: AbortSignal,
): Promise<readonly InputHash[]> {
  const hashes = new Array<InputHash | null>(files.length).fill(null);
  let next = 0;
  // Each lane takes the next file; the index changes between awaits only.
  const lane = async (): Promise<void> => {
    for (let i = next++; i < files.length; i = next++) {
      const file = files[i];
      if (file !== undefined) hashes[i] = await inputHash(folder, file, signal);
    }
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, files.length) }, lane));
  return hashes.filter((hash) => hash !== null);
}

async function inputHash(
  folder: string,
  { role, number, path }: NamedInput,
  signal?: AbortSignal,
): Promise<InputHash | null> {
  try {
    return { role, number, ...(await digested(join(folder, path), signal)) };
  } catch (thrown) {
    if (signal?.aborted === true || mayPass(thrown)) throw thrown;
    return systemCode(thrown) === 'ENOENT' ? null : { role, number, bytes: null, sha256: null };
  }
}

async function digested(path: string, signal?: AbortSignal): Promise<Pick<InputHash, 'bytes' | 'sha256'>> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await file.stat();
    const hash = createHash('sha256');
    const part = Buffer.allocUnsafe(Math.min(PART_BYTES, size + 1));
    let bytes = 0;
    for (;;) {
      signal?.throwIfAborted();
      const { bytesRead } = await file.read(part, 0, part.length);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(part.subarray(0, bytesRead));
      bytes += bytesRead;
    }
  } finally {
    await file.close();
  }
}
