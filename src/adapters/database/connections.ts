import type { DataSource, EntityManager } from 'typeorm';
import type { DatabaseOptions } from './database-options.js';

/** As ormconfig.ts builds them. SQLite: two connections to one file; PostgreSQL: one pool, given twice. */
export interface DataSources {
  readonly writer: DataSource;
  readonly reader: DataSource;
}

/**
 * The way to the database for the stores. Every error comes out as a CaseError.
 *
 * Who may do what at once: SQLite has one writing connection of ours, on which units of work queue, and other processes
 * (the command line) with theirs; the file's own lock lets one of them write at a time. PostgreSQL has a pool, and its
 * row locks. In both, what a unit of work may change is guarded by the row's version, never by having read it before.
 */
export interface Connections {
  readonly options: DatabaseOptions;
  readonly writer: DataSource;
  open(): Promise<void>;
  /** Waits for what was asked for, then disconnects. */
  close(): Promise<void>;
  /** One transaction: durable when it resolves; nothing of it stays when it rejects. `work` must not call `write`. */
  write<T>(work: (tx: EntityManager) => Promise<T>): Promise<T>;
  /** Reads what is committed, without waiting for any open transaction. */
  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Like `read`, and all queries of `work` see the same commit. */
  snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T>;
  /** Runs `work`, which may change tables, while no other process of ours does so. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}
