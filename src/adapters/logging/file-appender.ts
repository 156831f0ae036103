import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolders } from '../../files/make-folders.js';

/** When a file is put aside: `mqi.log` becomes `mqi.log.1`, that `mqi.log.2`, up to `keepFiles`. */
export interface Rotation {
  readonly maxBytes: number;
  readonly keepFiles: number;
}

/** Lines waiting beyond this many are dropped (and counted) rather than filling the memory when a disk hangs. */
const MOST_WAITING = 100_000;

/**
 * Appends lines to any number of files, holding none of them open: what comes while one write is under way goes with
 * the next, a file at a time. Lines of a file keep their order.
 *
 * Only the drain loop of this object writes. Other processes may append to the same files (O_APPEND, one write for a
 * batch); should two rotate at the same moment, one of the kept files is skipped and no line is lost.
 */
export class FileAppender {
  readonly #waiting = new Map<string, { readonly rotation: Rotation | null; readonly lines: string[] }>();
  #count = 0;
  #lost = 0;
  #draining: Promise<void> | null = null;

  constructor(
    /** Told once for each row of failures; logging itself never throws. */
    private readonly onTrouble: (error: unknown, lostLines: number) => void,
  ) {}

  append(path: string, line: string, rotation: Rotation | null): void {
    if (this.#count >= MOST_WAITING) {
      this.#lost += 1;
      return;
    }
    const entry = this.#waiting.get(path);
    if (entry === undefined) this.#waiting.set(path, { rotation, lines: [line] });
    else entry.lines.push(line);
    this.#count += 1;
    this.#draining ??= this.#drain();
  }

  /** Resolves when all that was appended has been handed to the file system. */
  async flush(): Promise<void> {
    while (this.#draining !== null) await this.#draining;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // what the same turn still appends goes with the first write
    for (let next = this.#take(); next !== null; next = this.#take()) {
      try {
        await appendBatch(next.path, next.lines, next.rotation);
      } catch (error) {
        this.#lost += next.lines.length;
        this.onTrouble(error, this.#lost);
      }
    }
    this.#draining = null;
  }

  #take(): { path: string; lines: readonly string[]; rotation: Rotation | null } | null {
    const [first] = this.#waiting;
    if (first === undefined) return null;
    const [path, { lines, rotation }] = first;
    this.#waiting.delete(path);
    this.#count -= lines.length;
    return { path, lines, rotation };
  }
}

async function appendBatch(path: string, lines: readonly string[], rotation: Rotation | null): Promise<void> {
  await makeFolders(dirname(path));
  let rest = lines;
  while (rest.length > 0) {
    const { written, size } = await appendUpTo(path, rest, rotation?.maxBytes ?? Infinity);
    rest = rest.slice(written);
    if (rotation !== null && size >= rotation.maxBytes) await rotate(path, rotation.keepFiles);
  }
}

/** Writes as many lines as bring the file to its limit, at least one; the number, and the file's size then. */
async function appendUpTo(
  path: string,
  lines: readonly string[],
  maxBytes: number,
): Promise<{ written: number; size: number }> {
  const file = await open(path, 'a', 0o640);
  try {
    let size = (await file.stat()).size;
    let written = 0;
    while (written < lines.length && (written === 0 || size < maxBytes)) {
      size += Buffer.byteLength(lines[written] ?? '') + 1;
      written += 1;
    }
    await file.appendFile(`${lines.slice(0, written).join('\n')}\n`);
    return { written, size };
  } finally {
    await file.close();
  }
}

/** The oldest goes, each other moves up by one. */
async function rotate(path: string, keepFiles: number): Promise<void> {
  await rm(rotatedName(path, keepFiles), { force: true });
  for (let number = keepFiles - 1; number >= 0; number--) {
    await rename(rotatedName(path, number), rotatedName(path, number + 1)).catch((error: unknown) => {
      if (!isMissing(error)) throw error; // fewer files than may be kept
    });
  }
}

/** `mqi.log`, `mqi.log.1`, ...: a higher number is older. */
export const rotatedName = (path: string, number: number): string =>
  number === 0 ? path : `${path}.${String(number)}`;

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
