import { operator } from '../../domain/errors.js';
import type { Database } from '../../ports/database.js';
import { brokenRules } from './consistency.js';
import { migrate } from './migrator.js';
import type { PostgresConnections } from './postgres-connections.js';
import { watchMarker } from './watch-marker.js';

/** Life and upkeep of the tables in PostgreSQL; the server itself is looked after by its own tools. */
export class PostgresDatabase implements Database {
  constructor(private readonly connections: PostgresConnections) {}

  async open(): Promise<void> {
    await this.connections.open();
    await this.migrate();
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  migrate(): Promise<readonly string[]> {
    return migrate(this.connections);
  }

  backup(): Promise<void> {
    return Promise.reject(
      operator('backup.unsupported', 'PostgreSQL is backed up by its own tools', {
        remedy: 'run: pg_dump --format=custom --file=FILE followed by the database.url',
      }),
    );
  }

  check(): Promise<readonly string[]> {
    return this.connections.snapshot(brokenRules);
  }

  version(): Promise<string> {
    return this.connections.read(async (manager) => {
      const rows: unknown = await manager.query('SHOW server_version');
      return `PostgreSQL ${(rows as readonly { readonly server_version: string }[])[0]?.server_version ?? ''}`;
    });
  }

  /**
   * The server's snapshot names the transactions that have ended: it changes with every commit, our own included. That
   * is harmless, since the callback only makes the service look at the database once more.
   */
  onForeignCommit(callback: () => void): () => void {
    const { writer } = this.connections;
    return watchMarker(async () => JSON.stringify(await writer.query('SELECT pg_current_snapshot()::text')), callback);
  }

  /** The server looks after its files; when it is away, its connections fail and are made again. */
  onLoss(): () => void {
    return () => undefined;
  }
}
