import { stat } from 'node:fs/promises';

/** A file changed so lately may change once more within one tick of its file system's clock, and look the same. */
const SETTLED_MS = 1_000;

/**
 * What was made of a file, kept for as long as the file stays as it is: same inode, size, and times of content and of name.
 * A file that cannot be looked at, or was written only just now, is read each time, so that what is wrong with it is said
 * by whoever reads it. Those asked for longest ago are forgotten first.
 */
export class WhileUnchanged<T> {
  readonly #known = new Map<string, { readonly stamp: string; readonly value: T }>();

  /**
   * @param make reads the file at that path; nothing is kept where it throws
   * @param now the clock that files are stamped by, Unix time in milliseconds
   */
  constructor(
    private readonly make: (path: string) => Promise<T>,
    private readonly most = 20,
    private readonly now: () => number = Date.now,
  ) {}

  async of(path: string): Promise<T> {
    const before = await this.#stampOf(path);
    const known = this.#known.get(path);
    const value = known !== undefined && known.stamp === before ? known.value : await this.make(path);
    this.#known.delete(path);
    // Read while it was replaced: which of the two was read, nobody knows.
    if (before !== null && (await this.#stampOf(path)) === before) this.#known.set(path, { stamp: before, value });
    for (const oldest of [...this.#known.keys()].slice(0, -this.most)) this.#known.delete(oldest);
    return value;
  }
  /** Null for a file of which nothing can be kept. */
  async #stampOf(path: string): Promise<string | null> {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = await stat(path, { bigint: true });
      if (this.now() - Number(ctimeMs) < SETTLED_MS) return null;
      return [dev, ino, size, mtimeNs, ctimeNs].join();
    } catch {
      return null; // whoever reads it says what is wrong
    }
  }
}
