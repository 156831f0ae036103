import type { Database } from '../../ports/database.js';
import type { Connections, DataSources } from './connections.js';
import type { DatabaseOptions } from './database-options.js';
import { PostgresConnections } from './postgres-connections.js';
import { PostgresDatabase } from './postgres-database.js';
import { SqliteConnections } from './sqlite-connections.js';
import { SqliteDatabase } from './sqlite-database.js';

/** The database of the configured kind, not yet opened, and what its stores and queries are built on. */
export function databaseFor(
  options: DatabaseOptions,
  dataSources: DataSources,
): { readonly connections: Connections; readonly database: Database } {
  if (options.kind === 'postgres') {
    const connections = new PostgresConnections(options, dataSources);
    return { connections, database: new PostgresDatabase(connections) };
  }
  const connections = new SqliteConnections(options, dataSources);
  return { connections, database: new SqliteDatabase(connections) };
}
