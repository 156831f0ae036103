import type { DataSource, EntityManager } from 'typeorm';
import type { Connections, DataSources } from './connections.js';
import { translated } from './database-error.js';
import type { DatabaseOptions } from './database-options.js';

/** Any number both sides agree on: whoever holds this advisory lock changes tables. */
const MIGRATION_LOCK = 0x6d_71_69;

/** A pool. Units of work run side by side; row locks and versions keep them apart. */
export class PostgresConnections implements Connections {
  readonly writer: DataSource;

  constructor(
    readonly options: DatabaseOptions,
    { writer }: DataSources,
  ) {
    this.writer = writer;
  }

  async open(): Promise<void> {
    await translated('postgres', () => this.writer.initialize());
  }

  async close(): Promise<void> {
    if (this.writer.isInitialized) await translated('postgres', () => this.writer.destroy());
  }

  write<T>(work: (tx: EntityManager) => Promise<T>): Promise<T> {
    return translated('postgres', () => this.writer.transaction(work));
  }

  read<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return translated('postgres', () => work(this.writer.manager));
  }

  snapshot<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return translated('postgres', () => this.writer.transaction('REPEATABLE READ', work));
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return translated('postgres', async () => {
      const runner = this.writer.createQueryRunner();
      try {
        await runner.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
        return await work();
      } finally {
        await runner.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
        await runner.release();
      }
    });
  }
}
