import { setTimeout as passing } from 'node:timers/promises';
import type { DataSource, EntityManager } from 'typeorm';
import { CaseError, operator } from '../../domain/errors.js';
import type { Connections, DataSources } from './connections.js';
import { toDatabaseError, translated } from './database-error.js';
import type { DatabaseOptions } from './database-options.js';
import { requireLocalFolder } from './network-file-system.js';
import { TransactionQueue } from './transaction-queue.js';
import { WorkQueue } from './work-queue.js';

const ASK_AGAIN_MS = 20;

/** One queued writer, and one read-only connection that in WAL mode sees the last commit and waits for nobody. */
export class SqliteConnections implements Connections {
  readonly writer: DataSource;
  readonly #reader: DataSource;
  readonly #writes: TransactionQueue;
  readonly #reads = new WorkQueue();
  #onCorruption: ((damage: CaseError) => void) | null = null;

  constructor(
    readonly options: DatabaseOptions,
    { writer, reader }: DataSources,
  ) {
    this.writer = writer;
    this.#reader = reader;
    this.#writes = new TransactionQueue(writer, options.journalMode !== 'OFF');
  }

  open(): Promise<void> {
    return translated('sqlite', async () => {
      const { path, cacheSize, synchronous } = this.options;
      await requireLocalFolder(path);
      // The writer goes first: the read-only connection can neither make the file nor set its journal mode.
      await this.writer.initialize();
      await this.#setJournalMode();
      await this.writer.query(`PRAGMA synchronous = ${synchronous}`);
      await this.writer.query(`PRAGMA cache_size = ${String(cacheSize)}`);
      await this.#reader.initialize();
      await this.#reader.query(`PRAGMA cache_size = ${String(cacheSize)}`);
    });
  }

  async close(): Promise<void> {
    await this.#writes.close();
    await this.#reads.idle();
    await translated('sqlite', async () => {
      for (const dataSource of [this.#reader, this.writer]) if (dataSource.isInitialized) await dataSource.destroy();
    });
  }

  write<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return this.#noting(this.#writes.run(work));
  }

  /** Calls back, at most once, when a read or a write has met damage in the file; returns what ends that. */
  onCorruption(callback: (damage: CaseError) => void): () => void {
    this.#onCorruption = callback;
    return () => {
      this.#onCorruption = null;
    };
  }

  /** Queued because of `snapshot`: a query that slipped into another's snapshot might miss a commit just made. */
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.#noting(this.#reads.run(() => translated('sqlite', () => work(this.#reader.manager))));
  }

  snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.read(async (manager) => {
      await manager.query('BEGIN');
      try {
        return await work(manager);
      } finally {
        await manager.query('COMMIT');
      }
    });
  }

  /** The file's write lock keeps other processes out; foreign keys are off, since a table may have to be rebuilt. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const inTransaction = async (): Promise<T> => {
      await this.writer.query('PRAGMA foreign_keys = OFF');
      await this.writer.query('BEGIN IMMEDIATE');
      try {
        const result = await work();
        await this.writer.query('COMMIT');
        return result;
      } catch (error) {
        await this.writer.query('ROLLBACK');
        throw error;
      } finally {
        await this.writer.query('PRAGMA foreign_keys = ON');
      }
    };
    return this.#writes.alone(() => translated('sqlite', inTransaction));
  }

  async #noting<T>(done: Promise<T>): Promise<T> {
    try {
      return await done;
    } catch (thrown) {
      if (thrown instanceof CaseError && thrown.code === 'database.corrupt') {
        this.#onCorruption?.(thrown);
        this.#onCorruption = null;
      }
      throw thrown;
    }
  }

  async #setJournalMode(): Promise<void> {
    const wanted = this.options.journalMode;
    const rows: unknown = await this.#patiently(() => this.writer.query(`PRAGMA journal_mode = ${wanted}`));
    const set = Array.isArray(rows) ? (rows[0] as { readonly journal_mode?: string } | undefined)?.journal_mode : '';
    if (set?.toUpperCase() === wanted) return;
    throw operator('database.journal-mode', `the database did not change to journal mode ${wanted}`, {
      remedy: 'end every process that uses the database, then start again; or leave database.journalMode as it was',
    });
  }

  /**
   * SQLite waits for a lock by itself, except while a journal becomes a write-ahead log: two that open a new database
   * together would each end the other's start (https://www.sqlite.org/wal.html, "SQLITE_BUSY in WAL mode").
   */
  async #patiently<T>(work: () => Promise<T>): Promise<T> {
    const until = performance.now() + this.options.connectionTimeoutSeconds * 1000;
    for (;;) {
      try {
        return await work();
      } catch (thrown) {
        if (toDatabaseError(thrown, 'sqlite').code !== 'database.busy' || performance.now() >= until) throw thrown;
        await passing(ASK_AGAIN_MS);
      }
    }
  }
}
