import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { permanent, transient } from '../../domain/errors.js';
import { systemCode } from '../../files/system-code.js';
import { writeWholeFile } from '../../files/whole-file.js';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Copies a file so that its name never stands for anything but the whole, checked content: `<target>.part`, flush, read
 * back, rename, flush of the folder. A part file left by a crash is overwritten by the next try.
 * @throws permanent `dose.damaged` when the source is not what `sha256` says, transient `upload.verify-failed` when the
 * copy is not, the signal's reason when it aborts; errors of the operating system as they are
 */
export async function copyWhole(source: string, target: string, sha256: string, signal: AbortSignal): Promise<void> {
  await writeWholeFile(
    target,
    (to) => copyBytes(source, to, sha256, signal),
    async (part) => {
      if ((await fileSha256(part, signal)) !== sha256) {
        throw transient('upload.verify-failed', 'the copy at the target is not what was sent');
      }
    },
  );
}

/** Digest of a file in hexadecimal; null when there is none. */
export async function fileSha256(path: string, signal: AbortSignal): Promise<string | null> {
  let file: FileHandle;
  try {
    file = await open(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const hash = createHash('sha256');
    await eachChunk(file, signal, (chunk) => Promise.resolve(hash.update(chunk)));
    return hash.digest('hex');
  } finally {
    await file.close();
  }
}

async function copyBytes(source: string, to: FileHandle, sha256: string, signal: AbortSignal): Promise<void> {
  const from = await openSource(source);
  try {
    const hash = createHash('sha256');
    await eachChunk(from, signal, async (chunk) => {
      hash.update(chunk);
      for (let at = 0; at < chunk.length;) at += (await to.write(chunk, at)).bytesWritten;
    });
    if (hash.digest('hex') !== sha256) throw damaged();
  } finally {
    await from.close();
  }
}

async function openSource(source: string): Promise<FileHandle> {
  try {
    return await open(source, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw damaged(error);
    throw error;
  }
}

async function eachChunk(
  file: FileHandle,
  signal: AbortSignal,
  use: (chunk: Buffer) => Promise<unknown>,
): Promise<void> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.length);
    if (bytesRead === 0) return;
    await use(buffer.subarray(0, bytesRead));
  }
}

const damaged = (cause?: unknown): Error =>
  permanent('dose.damaged', 'an RT Dose in the work folder is missing or has changed since it was made', {
    cause,
    remedy: 'have it made again: mqi retry ID --from simulate',
  });
