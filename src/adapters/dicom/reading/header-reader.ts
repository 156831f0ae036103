import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { diskError } from '../../../files/disk-error.js';
import { mayPass } from '../../../files/system-code.js';
import { headerEntry } from './header-entry.js';
import type { HeaderEntry, Prefix } from './header-entry.js';
import { locateDataSet } from './data-set-start.js';
import type { DataSetStart } from './data-set-start.js';
import { inflatePrefix } from './inflate.js';

/** CT headers end within the first; structure sets and headers with private bulk need the later ones. */
const STEPS_BYTES = [16 * 1024, 128 * 1024, 1024 * 1024, 8 * 1024 * 1024, 32 * 1024 * 1024] as const;
/** Parsing this much takes long enough for other work to notice; it goes to a worker thread. */
export const INLINE_BYTES = 512 * 1024;

export interface HeaderRead {
  readonly entry: HeaderEntry | 'needs-worker';
  readonly bytes: number;
  /** Size and modification time in whole milliseconds; where it could not be opened, that it could not. */
  readonly stamp: string;
}

/**
 * Reads no more of a file than its header takes: a few kilobytes, then more in steps up to a cap; never its pixels. Not
 * a regular file, a link, or a file we may not open: `unreadable`, with the reason, as is whatever ends too early.
 * A share or disk that does not answer says nothing of the file: transient `disk.failed`.
 * @param scratch buffer of the first step, reused by the caller from file to file
 * @param capBytes what is not known by then is left to a worker (`needs-worker`) or, beyond every step, unreadable
 */
export async function readHeader(
  absolute: string,
  path: string,
  scratch: Buffer,
  capBytes: number,
): Promise<HeaderRead> {
  let file: FileHandle;
  try {
    // Without O_NONBLOCK opening a FIFO would wait for ever; with O_NOFOLLOW a link put here since the walk is refused.
    file = await open(absolute, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    requireFileToBlame(cause);
    return { entry: { kind: 'unreadable', reason: openFailure(cause) }, bytes: 0, stamp: UNREAD };
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile())
      return { entry: { kind: 'unreadable', reason: 'not a regular file' }, bytes: 0, stamp: UNREAD };
    const stamp = `${String(stats.size)} ${String(Math.floor(stats.mtimeMs))}`;
    return { entry: await readInSteps(file, path, stats.size, scratch, capBytes), bytes: stats.size, stamp };
  } catch (cause) {
    requireFileToBlame(cause);
    return { entry: { kind: 'unreadable', reason: readFailure(cause) }, bytes: 0, stamp: UNREAD };
  } finally {
    await file.close();
  }
}

const UNREAD = 'unread';

/** Throws what may pass: a case is never judged by what a failing share did not let us see. */
function requireFileToBlame(cause: unknown): void {
  if (mayPass(cause)) throw diskError(cause, 'the inbox');
}

/** A header's scratch buffer: the first step. */
export const scratchBuffer = (): Buffer => Buffer.allocUnsafe(STEPS_BYTES[0]);

async function readInSteps(
  file: FileHandle,
  path: string,
  size: number,
  scratch: Buffer,
  capBytes: number,
): Promise<HeaderEntry | 'needs-worker'> {
  let have = 0;
  let buffer = scratch;
  for (const step of STEPS_BYTES) {
    if (step > capBytes) return 'needs-worker';
    if (step > buffer.length) {
      const grown = Buffer.allocUnsafe(Math.min(step, Math.max(size, 1)));
      buffer.copy(grown, 0, 0, have);
      buffer = grown;
    }
    const { bytesRead } = await file.read(buffer, have, Math.min(buffer.length, step) - have, have);
    have += bytesRead;
    const all = have >= size || bytesRead === 0;
    const entry = await entryOf(path, buffer.subarray(0, have), all, size);
    if (entry !== 'more') return entry;
    if (all) return { kind: 'unreadable', reason: 'the file ends in the middle of its header' };
  }
  return { kind: 'unreadable', reason: `its header is longer than ${String(STEPS_BYTES[4] / 1024 / 1024)} MiB` };
}

/** What these first bytes of a file are, or `more`. Exported for the fuzzing: it is the reader without the disk. */
export async function entryOf(path: string, bytes: Buffer, all: boolean, size: number): Promise<HeaderEntry | 'more'> {
  const start = locateDataSet(bytes);
  if (start === 'empty') return { kind: 'unreadable', reason: 'an empty DICOM file: a preamble and nothing behind it' };
  if (start === 'not-dicom') return { kind: 'not-dicom' };
  if (start === 'more') return start;
  const prefix = await dataSetPrefix(bytes, start, all, size);
  if (prefix === null) return { kind: 'unreadable', reason: 'its deflated content is damaged' };
  return headerEntry(path, prefix, start);
}

/** Inflates at most as much as the largest step holds, so that a small file cannot fill the memory. */
async function dataSetPrefix(bytes: Buffer, start: DataSetStart, all: boolean, size: number): Promise<Prefix | null> {
  const body = bytes.subarray(start.at);
  if (start.encoding !== 'deflated') return { bytes: body, encoding: start.encoding, all, totalBytes: size - start.at };
  const inflated = await inflatePrefix(body, STEPS_BYTES[2]);
  if (inflated === null) return null;
  const complete = inflated.ended || all;
  return { bytes: inflated.bytes, encoding: 'explicit-little', all: complete, totalBytes: null };
}

/** Why a file could not be opened, in words. */
export function openFailure(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === 'EACCES' || code === 'EPERM') return 'no permission to read it';
  if (code === 'ENOENT') return 'it vanished while the folder was read';
  if (code === 'ELOOP' || code === 'EMLINK') return 'a symbolic link: links are not followed';
  return readFailure(cause);
}

const readFailure = (cause: unknown): string =>
  `reading it failed (${(cause as NodeJS.ErrnoException).code ?? 'error'})`;
