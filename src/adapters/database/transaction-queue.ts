import type { DataSource, EntityManager } from 'typeorm';
import { bug, type CaseError } from '../../domain/errors.js';
import { toDatabaseError } from './database-error.js';
import { WorkQueue } from './work-queue.js';

interface Unit {
  /** Does the work; gives what tells the caller so once it is committed. */
  run(tx: EntityManager): Promise<() => void>;
  failed(error: CaseError): void;
}

/** Units of work that may share a transaction: more would make the first of them wait noticeably. */
const LARGEST_GROUP = 64;

/**
 * SQLite gives TypeORM one connection: concurrent transactions on it would interleave, so units of work queue here, and
 * nothing else may write on it. All units that are waiting when the connection is free go into one transaction (group
 * commit: one sync of the disk for all). If one of them fails, the transaction is rolled back and each is done again in
 * one of its own, so that none is spoilt by another; a unit therefore only works on `tx`, and may run twice. A caller is
 * told that its unit is done after the commit, never before.
 *
 * BEGIN IMMEDIATE takes the file's write lock at once: a transaction that read first and wrote later could not be saved
 * by waiting when another process wrote in between (SQLITE_BUSY_SNAPSHOT).
 */
export class TransactionQueue {
  readonly #units: Unit[] = [];
  readonly #connection = new WorkQueue();
  #closed = false;

  /** @param mayGroup false where the journal mode cannot undo what was written (OFF) */
  constructor(
    private readonly dataSource: DataSource,
    private readonly mayGroup = true,
  ) {}

  /** Runs `work` in a transaction; resolves when it is committed. */
  run<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#closed) throw bug('database.closed', 'the database was closed before this write');
      const run = async (tx: EntityManager): Promise<() => void> => {
        const value = await work(tx);
        return () => {
          resolve(value);
        };
      };
      this.#units.push({ run, failed: reject });
      // The first of these turns takes all units that wait by then; the others find none left.
      void this.#connection.run(() => this.#commit(this.#units.splice(0, this.mayGroup ? LARGEST_GROUP : 1)));
    });
  }

  /** Runs `work` on the connection with no transaction of ours open. */
  alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#connection.run(work);
  }

  /** Takes no more; resolves when everything asked for has been written. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#connection.idle();
  }

  /** Never rejects: each unit of the group hears of its own fate. */
  async #commit(group: readonly Unit[]): Promise<void> {
    if (group.length === 0) return;
    const { manager } = this.dataSource.createQueryRunner();
    const failAll = (error: unknown): void => {
      for (const unit of group) unit.failed(toDatabaseError(error, 'sqlite'));
    };
    try {
      await manager.query('BEGIN IMMEDIATE');
    } catch (error) {
      failAll(error);
      return;
    }
    const tellDone: (() => void)[] = [];
    try {
      for (const unit of group) tellDone.push(await unit.run(manager));
    } catch (error) {
      await this.#rollBack();
      if (group.length === 1) failAll(error);
      else for (const unit of group) await this.#commit([unit]);
      return;
    }
    try {
      await manager.query('COMMIT');
    } catch (error) {
      await this.#rollBack();
      failAll(error);
      return;
    }
    for (const tell of tellDone) tell();
  }

  async #rollBack(): Promise<void> {
    try {
      await this.dataSource.query('ROLLBACK');
    } catch {
      // Refused because there is no transaction: none was begun, or SQLite rolled it back by itself (full disk, I/O
      // error). Either way nothing of the group is left, and the reason is on its way to the callers.
    }
  }
}
