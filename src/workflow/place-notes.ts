import { toCaseError } from '../domain/errors.js';
import type { WatchedResource } from '../domain/gpu-rules.js';
import type { JudgedResource } from '../domain/resource.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ResourceStore } from '../ports/resource-store.js';
import { StrangerNotes, strangersOn } from './strangers.js';

/** People read it: figures alone are written no more often. */
const WRITE_APART_MS = 2_000;

interface Noted {
  readonly matters: string;
  readonly atMs: number;
}

/** What looks saw, in the database for people to read and for leases to be written to; one write at a time. */
export class PlaceNotes {
  #writing: Promise<void> = Promise.resolve();
  readonly #noted = new Map<string, Noted>();
  /** Ids that have their row. */
  readonly #rows = new Set<string>();
  readonly #closing = new AbortController();
  readonly #strangers: StrangerNotes;

  constructor(
    private readonly store: ResourceStore,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {
    this.#strangers = new StrangerNotes(log);
  }

  /**
   * In order, and not waited for by who waits for the look.
   * @param handedOver resolves when figures may be written: the database has to do for the places first
   */
  note(host: string, places: readonly WatchedResource[], handedOver: (closing: AbortSignal) => Promise<void>): void {
    if (this.#closing.signal.aborted) return; // the database is being closed
    this.#strangers.note(places);
    this.#writing = this.#writing.then(() => this.#write(host, places.map(rowOf), handedOver));
  }

  /** Resolves when these have their row, or it could not be written; without ids, when all that was seen is written. */
  async written(ids?: readonly string[]): Promise<void> {
    if (ids?.every((id) => this.#rows.has(id)) !== true) await this.#writing;
  }

  /** Writes no more; resolves when nothing is being written. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#writing;
  }

  /** Nothing is decided by it, so a write that fails is only tried again after the next look. */
  async #write(
    host: string,
    rows: readonly JudgedResource[],
    handedOver: (closing: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    const matters = JSON.stringify(rows.map((row) => [row.id, row.outOfService, row.occupied, strangersOn(row)]));
    const before = this.#noted.get(host);
    const isNews = matters !== before?.matters;
    const isDue = nowMs - (before?.atMs ?? -Infinity) >= WRITE_APART_MS && rows.some(({ kind }) => kind === 'gpu');
    if (!isNews && !isDue) return;
    if (!isNews) await handedOver(this.#closing.signal);
    try {
      await this.store.sync(host, rows);
      this.#noted.set(host, { matters, atMs: nowMs });
      for (const { id } of rows) this.#rows.add(id);
    } catch (thrown) {
      const { code, severity } = toCaseError(thrown);
      this.log.warn('noting the state of the GPUs failed', { code, severity }, thrown);
    }
  }
}

const rowOf = ({ missed, allowed, away, ...row }: WatchedResource): JudgedResource => row;
