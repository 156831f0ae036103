import {
  CLOCK_STEP_MS,
  recalled,
  remembered,
  type IntakeFolder,
  type KnownFolder,
} from '../../domain/intake-folder.js';
import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { IntakeMemory } from '../../ports/intake-memory.js';
import type { Logger } from '../../ports/logger.js';
import { errorCode } from './error-code.js';

const WRITE_EVERY_MS = 1_000;

/**
 * Keeps in the database what the watcher knows of its folders: at most one write a second, of what has changed, and none
 * while nothing does. What a crash leaves unwritten is found again by looking: content that was handed over is handed over
 * once more, which makes no new run, and a quiet time is at worst waited for anew.
 *
 * One write runs at a time, so `#rows`, which is what the database has, has one writer.
 */
export class FolderNotes {
  readonly #rows = new Map<string, IntakeFolder>();
  readonly #changed = new Set<string>();
  #lastWrite: Promise<void> = Promise.resolve();
  #clockOrigin: EpochMs;
  #failed = false;

  constructor(
    private readonly memory: IntakeMemory,
    private readonly inbox: string,
    private readonly current: (folder: string) => KnownFolder | undefined,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    this.#clockOrigin = this.#originNow();
  }

  /** Throws what the database does. */
  async load(): Promise<void> {
    for (const row of await this.memory.load(this.inbox)) this.#rows.set(row.folder, row);
  }

  /** What the service before this one knew of a folder; undefined when it did not. */
  recall(folder: string): KnownFolder | undefined {
    const row = this.#rows.get(folder);
    return row === undefined ? undefined : recalled(row, this.clock.monotonicMs(), this.clockOrigin());
  }

  /** The folder changed, came or went: to be written. */
  note(folder: string): void {
    this.#changed.add(folder);
  }

  /** Rows of folders that went while no service ran. */
  noteMissing(present: { has(folder: string): boolean }): void {
    for (const folder of this.#rows.keys()) if (!present.has(folder)) this.note(folder);
  }

  /**
   * To be awaited before content is handed over: a row must not claim that another content is the one that was taken, or a
   * service that starts after a crash would believe it. Throws what the database does.
   */
  async beforeTaking(folder: string): Promise<void> {
    if (this.#rows.get(folder)?.isArriving === false) await this.write();
  }

  /** Throws what the database does; then all that was to be written still is. */
  write(): Promise<void> {
    const written = this.#lastWrite.then(() => this.#write());
    this.#lastWrite = written.catch(() => undefined);
    return written;
  }

  async writeOnAndOn(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.tryToWrite();
      await this.clock.sleep(WRITE_EVERY_MS, signal);
    }
  }

  /** Only told of in the log when it fails, once until it is well again. */
  async tryToWrite(): Promise<void> {
    if (this.#changed.size === 0) return;
    try {
      await this.write();
      this.#failed = false;
    } catch (thrown) {
      if (!this.#failed) this.log.warn('noting the folders of the inbox failed', { code: errorCode(thrown) });
      this.#failed = true;
    }
  }

  /** Wall time at which the monotonic clock read zero. Moves only when the wall clock is set, not with every reading. */
  clockOrigin(): EpochMs {
    const now = this.#originNow();
    if (Math.abs(now - this.#clockOrigin) > CLOCK_STEP_MS) this.#clockOrigin = now;
    return this.#clockOrigin;
  }

  async #write(): Promise<void> {
    const folders = [...this.#changed];
    this.#changed.clear();
    const rows = folders.flatMap((folder) => this.#changedRow(folder));
    const gone = folders.filter((folder) => this.current(folder) === undefined && this.#rows.has(folder));
    if (rows.length === 0 && gone.length === 0) return;
    try {
      await this.memory.save(this.inbox, rows, gone);
    } catch (thrown) {
      for (const folder of folders) this.#changed.add(folder);
      throw thrown;
    }
    for (const row of rows) this.#rows.set(row.folder, row);
    for (const folder of gone) this.#rows.delete(folder);
  }

  /** None where the folder is gone, or all is as it was written. */
  #changedRow(folder: string): readonly IntakeFolder[] {
    const known = this.current(folder);
    if (known === undefined) return [];
    const row = remembered({ inbox: this.inbox, folder }, known, this.clockOrigin());
    return isSame(row, this.#rows.get(folder)) ? [] : [row];
  }

  #originNow(): EpochMs {
    return Math.round(this.clock.now() - this.clock.monotonicMs());
  }
}

function isSame(row: IntakeFolder, other: IntakeFolder | undefined): boolean {
  if (other === undefined) return false;
  return JSON.stringify(row) === JSON.stringify(other);
}
