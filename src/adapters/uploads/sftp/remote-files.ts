import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { permanent } from '../../../domain/errors.js';
import { systemCode } from '../../../files/system-code.js';
import { SFTP_STATUS, SftpRefusal } from './sftp-error.js';
import type { SftpSession } from './sftp-session.js';

/** One request carries so much: every server takes 32 KiB (draft-ietf-secsh-filexfer-02, section 3). */
const PIECE_BYTES = 32 * 1024;
/** Requests of one batch travel together; with two batches on their way a far server is kept busy. */
const BATCH_BYTES = 1024 * 1024;
const MODE = 0o640;

/**
 * Writes a file there, in place of an earlier one of that name, and has it flushed where the server can.
 * @returns SHA-256 of what was sent, in hexadecimal
 * @throws permanent `dose.damaged` when there is no such source
 */
export async function send(session: SftpSession, source: string, to: string, signal: AbortSignal): Promise<string> {
  const from = await open(source, 'r').catch((thrown: unknown) => {
    throw systemCode(thrown) === 'ENOENT' ? missing(thrown) : thrown;
  });
  try {
    const hash = createHash('sha256');
    await written(session, to, async (put) => {
      for (let at = 0; ;) {
        signal.throwIfAborted();
        const { buffer, bytesRead } = await from.read(Buffer.allocUnsafe(BATCH_BYTES), 0, BATCH_BYTES, at);
        if (bytesRead === 0) return;
        const bytes = buffer.subarray(0, bytesRead);
        hash.update(bytes);
        await put(bytes, at);
        at += bytesRead;
      }
    });
    return hash.digest('hex');
  } finally {
    await from.close();
  }
}

/** Writes a small text, in place of an earlier one. */
export async function sendText(session: SftpSession, text: string, to: string): Promise<void> {
  await written(session, to, (put) => put(Buffer.from(text), 0));
}

/** Opens the file for writing; `put` resolves when there is room for the next batch. All is written at the end. */
async function written(
  session: SftpSession,
  path: string,
  work: (put: (bytes: Buffer, at: number) => Promise<void>) => Promise<void>,
): Promise<void> {
  const handle = await session.ask<Buffer>((channel, done) => {
    channel.open(path, 'w', MODE, done);
  });
  try {
    let earlier: Promise<unknown> = Promise.resolve();
    await work(async (bytes, at) => {
      const batch = Promise.all(
        pieces(bytes.length).map(([offset, length]) =>
          session.ask((channel, done) => {
            channel.write(handle, bytes, offset, length, at + offset, done);
          }),
        ),
      );
      batch.catch(() => undefined); // it is awaited with the next one, or at the end
      await earlier;
      earlier = batch;
    });
    await earlier;
    await flush(session, handle);
  } finally {
    // A failure to close after a failure to write says nothing new; after a good write the read-back tells.
    await session
      .ask((channel, done) => {
        channel.close(handle, done);
      })
      .catch(() => undefined);
  }
}

/** fsync@openssh.com; other servers have no such request. */
async function flush(session: SftpSession, handle: Buffer): Promise<void> {
  try {
    await session.ask((channel, done) => {
      channel.ext_openssh_fsync(handle, done);
    });
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** True for a request that the server does not know. */
const isUnsupported = (error: unknown): boolean =>
  error instanceof SftpRefusal && error.status === SFTP_STATUS.unsupported;

/** SHA-256 of a file there, by reading it; null when there is none. */
export async function remoteSha256(session: SftpSession, path: string, signal: AbortSignal): Promise<string | null> {
  const hash = createHash('sha256');
  const found = await readBack(session, path, Infinity, signal, (bytes) => hash.update(bytes));
  return found ? hash.digest('hex') : null;
}

/** The first bytes of a file there; null when there is none. */
export async function remoteStart(session: SftpSession, path: string, most: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  const found = await readBack(session, path, most, new AbortController().signal, (bytes) => parts.push(bytes));
  return found ? Buffer.concat(parts) : null;
}

async function readBack(
  session: SftpSession,
  path: string,
  most: number,
  signal: AbortSignal,
  use: (bytes: Buffer) => unknown,
): Promise<boolean> {
  const handle = await orNull(
    session.ask<Buffer>((channel, done) => {
      channel.open(path, 'r', done);
    }),
  );
  if (handle === null) return false;
  try {
    const { size } = await session.ask<Stats>((channel, done) => {
      channel.fstat(handle, done);
    });
    const end = Math.min(size, most);
    const batchAt = (at: number): Promise<Buffer> => readBatch(session, handle, at, Math.min(BATCH_BYTES, end - at));
    let next = batchAt(0);
    for (let at = 0; at < end; at += BATCH_BYTES) {
      signal.throwIfAborted();
      const bytes = await next;
      next = at + BATCH_BYTES < end ? batchAt(at + BATCH_BYTES) : Promise.resolve(Buffer.alloc(0));
      next.catch(() => undefined); // awaited in the next round, unless this one fails
      use(bytes);
    }
    return true;
  } finally {
    await session
      .ask((channel, done) => {
        channel.close(handle, done);
      })
      .catch(() => undefined); // it was only read
  }
}

/** So many bytes from there on; fewer where the file ends. */
async function readBatch(session: SftpSession, handle: Buffer, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(Math.max(0, length));
  const lengths = await Promise.all(
    pieces(buffer.length).map(async ([offset, wanted]) => {
      let got = 0;
      while (got < wanted) {
        const read = await readPiece(session, handle, buffer, { offset: offset + got, length: wanted - got, at });
        if (read === 0) break;
        got += read;
      }
      return got;
    }),
  );
  return buffer.subarray(
    0,
    lengths.reduce((sum, got) => sum + got, 0),
  );
}

function readPiece(
  session: SftpSession,
  handle: Buffer,
  buffer: Buffer,
  { offset, length, at }: { readonly offset: number; readonly length: number; readonly at: number },
): Promise<number> {
  return session.ask<number>((channel, done) => {
    channel.read(handle, buffer, offset, length, at + offset, (error, read) => {
      const isEnd = (error as { code?: unknown } | undefined)?.code === END_OF_FILE;
      done(isEnd ? undefined : error, isEnd ? 0 : read);
    });
  });
}

const END_OF_FILE = 1;

const pieces = (length: number): readonly (readonly [offset: number, length: number])[] =>
  Array.from({ length: Math.ceil(length / PIECE_BYTES) }, (_, i) => [
    i * PIECE_BYTES,
    Math.min(PIECE_BYTES, length - i * PIECE_BYTES),
  ]);

/** Makes a folder there and those above it, where they are missing. */
export async function makeFolders(session: SftpSession, path: string): Promise<void> {
  if (await exists(session, path)) return;
  const parent = posix.dirname(path);
  if (parent !== path) await makeFolders(session, parent);
  try {
    await session.ask((channel, done) => {
      channel.mkdir(path, done);
    });
  } catch (error) {
    // Another case may have made it in this moment; a server says no more than "failure".
    if (!(error instanceof SftpRefusal && (await exists(session, path)))) throw error;
  }
}

const exists = async (session: SftpSession, path: string): Promise<boolean> =>
  (await orNull(
    session.ask<Stats>((channel, done) => {
      channel.stat(path, done);
    }),
  )) !== null;

/** Null for the answer that there is no such file. */
async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof SftpRefusal && error.status === SFTP_STATUS.noSuchFile) return null;
    throw error;
  }
}

/** Removes a file there; one that is gone already is no error. */
export async function removeRemote(session: SftpSession, path: string): Promise<void> {
  await orNull(
    session.ask((channel, done) => {
      channel.unlink(path, done);
    }),
  );
}

/** @throws SftpRefusal where the new name is taken: OpenSSH links and unlinks, so nothing is ever overwritten */
export const renameRemote = (session: SftpSession, from: string, to: string): Promise<void> =>
  session.ask((channel, done) => {
    channel.rename(from, to, done);
  });

/** Renames in place of what has the new name, in one step where the server can (posix-rename@openssh.com). */
export async function replaceRemote(session: SftpSession, from: string, to: string): Promise<void> {
  try {
    await session.ask((channel, done) => {
      channel.ext_openssh_rename(from, to, done);
    });
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    await removeRemote(session, to);
    await renameRemote(session, from, to);
  }
}

/** Bytes free for us there; null where the server cannot say (statvfs@openssh.com). */
export async function freeBytes(session: SftpSession, folder: string): Promise<number | null> {
  try {
    const { f_bavail, f_frsize } = await session.ask<{ f_bavail: number; f_frsize: number }>((channel, done) => {
      channel.ext_openssh_statvfs(folder, done);
    });
    return f_bavail * f_frsize;
  } catch {
    return null; // only asked for to explain another failure
  }
}

const missing = (cause: unknown): Error =>
  permanent('dose.damaged', 'an RT Dose in the work folder is missing', {
    cause,
    remedy: 'have it made again: mqi retry ID --from simulate',
  });
