import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * A file that appears whole or not at all: written beside its place as `<name>.part`, flushed to the disk, renamed, and
 * the folder flushed. What a crash leaves is the part file, which the next writer of the same place overwrites. Calls
 * block, so it is for worker threads. One writer for a place at a time: DicomDoseMaker queues them.
 */
class WholeFile {
  readonly #part: string;
  readonly #file: number;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(readonly path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#part = `${path}.part`;
    this.#file = openSync(this.#part, 'w', 0o640);
  }

  write(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    for (let at = 0; at < chunk.length;) at += writeSync(this.#file, chunk, at);
    this.#bytes += chunk.length;
  }

  /** Puts the file in its place; leaves nothing behind when that fails. */
  finish(): { readonly bytes: number; readonly sha256: string } {
    try {
      fsyncSync(this.#file);
    } catch (error) {
      this.abandon();
      throw error;
    }
    closeSync(this.#file);
    renameSync(this.#part, this.path);
    flushFolder(dirname(this.path));
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Leaves nothing behind. Only in place of `finish`. */
  abandon(): void {
    closeSync(this.#file);
    rmSync(this.#part, { force: true });
  }
}

function flushFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Writes a file through `write`; nothing is left behind when that throws. */
export function writeWholeFileSync(
  path: string,
  write: (file: WholeFile) => void,
): { readonly bytes: number; readonly sha256: string } {
  const file = new WholeFile(path);
  try {
    write(file);
  } catch (error) {
    file.abandon();
    throw error;
  }
  return file.finish();
}
