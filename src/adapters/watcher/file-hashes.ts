import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { mayPass } from '../../files/system-code.js';
import { isGone } from './error-code.js';

/** Read and digested in one go: well under a millisecond of the thread. */
const PART_BYTES = 256 * 1024;
/** Hashes that are kept: some 20 MB. */
const MOST_KEPT = 100_000;

/**
 * SHA-256 of files of the inbox. A case that waits is looked at again and again: what was read whole is not read again
 * while size, mtime and ctime stay. Oldest are forgotten first.
 */
export class FileHashes {
  readonly #known = new Map<string, { readonly stamp: string; readonly sha256: string }>();

  /**
   * `gone`: no such file; `refused`: a link, no regular file, or not to be read.
   * Throws what the share says when it does not answer, and on abort.
   */
  async of(path: string, signal: AbortSignal): Promise<string> {
    try {
      return await this.#read(path, signal);
    } catch (thrown) {
      if (signal.aborted || mayPass(thrown)) throw thrown;
      return isGone(thrown) ? 'gone' : 'refused';
    }
  }

  async #read(path: string, signal: AbortSignal): Promise<string> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const before = await file.stat();
      if (!before.isFile()) return 'refused';
      const known = this.#known.get(path);
      if (known?.stamp === stampOf(before)) return known.sha256;
      const hash = createHash('sha256');
      const part = Buffer.allocUnsafe(Math.min(PART_BYTES, before.size + 1));
      for (;;) {
        signal.throwIfAborted();
        const { bytesRead } = await file.read(part, 0, part.length);
        if (bytesRead === 0) break;
        hash.update(part.subarray(0, bytesRead));
      }
      const sha256 = hash.digest('hex');
      if (stampOf(await file.stat()) === stampOf(before)) this.#keep(path, stampOf(before), sha256);
      return sha256;
    } finally {
      await file.close();
    }
  }

  #keep(path: string, stamp: string, sha256: string): void {
    this.#known.delete(path);
    this.#known.set(path, { stamp, sha256 });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KEPT && oldest !== undefined) this.#known.delete(oldest);
  }
}

const stampOf = ({ size, mtimeMs, ctimeMs }: Stats): string => [size, mtimeMs, ctimeMs].join(' ');
