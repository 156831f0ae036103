import { open, readFile, rename, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { operator, transient, type CaseError } from '../../domain/errors.js';
import { shownText } from '../../domain/shown-text.js';
import { makeFolders } from '../../files/make-folders.js';
import { readBounded } from '../../files/read-bounded.js';

const LOG_TAIL_BYTES = 16_384;
const MAX_REMARKS = 20;
const MAX_REMARKS_BYTES = 262_144;
/** Less than this free on the disk of a result that is damaged: the disk is why. */
const FULL_BELOW_BYTES = 1 << 20;
/** As strerror and errno name it (ENOSPC, EDQUOT), in whatever sentence of an engine. */
const NO_ROOM_WORDS = /no space left on device|disk quota exceeded|\bENOSPC\b|\bEDQUOT\b/i;

export const RESULT_NAME = 'dose.mha';
const REMARKS_NAME = 'remarks.json';
export const LOG_NAME = 'engine.log';

/**
 * Writes an input of an engine: whole or not at all; the folder is made if missing. Not forced to disk: a power cut ends
 * the attempt anyway, and the next one has a folder of its own.
 */
export async function writeInput(path: string, text: string): Promise<void> {
  try {
    await makeFolders(dirname(path));
    const part = `${path}.part`;
    await writeFile(part, text, { mode: 0o640 });
    await rename(part, path);
  } catch (thrown) {
    throw diskFailure(thrown, 'writing the input of the engine');
  }
}

/** Reads a JSON file of ours. Throws transient `engine.unreadable` if it is not there or damaged. */
export async function readJson(path: string, what: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as unknown;
  } catch (thrown) {
    throw diskFailure(thrown, `reading ${what}`);
  }
}

/** What the engine says of its result (`remarks.json`: a list of texts), made safe to show. None if it says nothing. */
export async function readRemarks(folder: string): Promise<readonly string[]> {
  try {
    const bytes = await readBounded(join(folder, REMARKS_NAME), MAX_REMARKS_BYTES);
    const parsed: unknown = bytes === null ? null : JSON.parse(bytes.toString('utf8'));
    if (!Array.isArray(parsed)) return [];
    const texts = parsed.filter((entry): entry is string => typeof entry === 'string');
    return texts.slice(0, MAX_REMARKS).map(shownText);
  } catch (thrown) {
    // Remarks are optional; of what is too long the end is cut off, so it is not JSON.
    if (thrown instanceof SyntaxError || ['ENOENT', 'ELOOP'].includes(errorCode(thrown))) return [];
    throw diskFailure(thrown, 'reading the remarks of the engine');
  }
}

/** The last lines of what the engine wrote, as they are. */
export async function readLogTail(folder: string): Promise<readonly string[]> {
  try {
    const file = await open(join(folder, LOG_NAME), 'r');
    try {
      const { size } = await file.stat();
      const from = Math.max(0, size - LOG_TAIL_BYTES);
      const buffer = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, from);
      return buffer.toString('utf8', 0, bytesRead).split(/[\r\n]+/);
    } finally {
      await file.close();
    }
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return [];
    throw diskFailure(thrown, 'reading the output of the engine');
  }
}

/**
 * Operator `disk.full` if the folder's disk has no room left, for engines lose content there without a word; or if the
 * last the engine said is that there was none, for it may have removed what it had written. Else null.
 */
export async function fullDisk(folder: string): Promise<CaseError | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < FULL_BELOW_BYTES) return diskFull('the engine could not write its result');
  } catch (thrown) {
    if (errorCode(thrown) === 'ENOENT') return null;
    throw diskFailure(thrown, 'looking at the disk');
  }
  const saysSo = (await readLogTail(folder)).some((line) => NO_ROOM_WORDS.test(line));
  // The disk below our root has room: it was another, of the machine that ran the job or of its temporary files.
  return saysSo ? diskFull('the engine says there was no room left for what it wrote', undefined, WHERE_IT_RAN) : null;
}

export function diskFailure(thrown: unknown, doing: string): CaseError {
  const code = errorCode(thrown);
  if (code === 'ENOSPC' || code === 'EDQUOT') return diskFull(`${doing} failed`, thrown);
  if (code === 'EROFS') {
    const remedy = 'look why (mostly an error of the disk), mount it writable, then: mqi resume ID';
    return operator('disk.read-only', `the disk is mounted read-only: ${doing} failed`, { remedy, cause: thrown });
  }
  return transient('engine.unreadable', `${doing} failed (${code})`, { cause: thrown });
}

export function errorCode(thrown: unknown): string {
  if (thrown instanceof SyntaxError) return 'not JSON';
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown';
}

const WHERE_IT_RAN =
  'free space on the machine that ran it (workDir of its host, temporary files of the engine), then: mqi resume ID';

function diskFull(what: string, cause?: unknown, remedy = 'free space below the root, then: mqi resume ID'): CaseError {
  return operator('disk.full', `the disk is full: ${what}`, { remedy, cause });
}
