import type { Logger, LogFields } from '../../ports/logger.js';

/** Warns of a thing once until it is well again, however often a sweep meets it. */
export class WarnOnce {
  readonly #warned = new Map<string, Set<string>>();

  constructor(
    private readonly log: Logger,
    private readonly folderHash: (folder: string) => string,
  ) {}

  /** @param folder below the inbox; '' for the inbox itself */
  warn(folder: string, phrase: string, fields: LogFields, cause?: unknown): void {
    const known = this.#warned.get(folder) ?? new Set();
    if (known.has(phrase)) return;
    this.#warned.set(folder, known.add(phrase));
    const named = folder === '' ? fields : { ...fields, folderHash: this.folderHash(folder) };
    this.log.warn(phrase, named, cause);
  }

  wellAgain(folder: string): void {
    this.#warned.delete(folder);
  }
}
