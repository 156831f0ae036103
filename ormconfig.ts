import sqlite3 from 'sqlite3';
import { DataSource, type DataSourceOptions } from 'typeorm';
import type { DataSources } from './src/adapters/database/connections.js';
import type { DatabaseOptions } from './src/adapters/database/database-options.js';
import { MIGRATIONS } from './src/adapters/database/migrations/migrations.js';
import { ENTITIES } from './src/adapters/database/schemas/entities.js';

/**
 * The one place where the data sources are made, for the service and for the migration command. Nothing is connected
 * yet. SQLite: a writing and a read-only connection to one file. PostgreSQL: one pool for both.
 */
export function buildDataSources(options: DatabaseOptions): DataSources {
  if (options.kind === 'postgres') {
    const pool = new DataSource(postgres(options));
    return { writer: pool, reader: pool };
  }
  return {
    writer: new DataSource(sqlite(options, sqlite3.OPEN_READWRITE | sqlite3.OPEN_CREATE)),
    reader: new DataSource(sqlite(options, sqlite3.OPEN_READONLY)),
  };
}

const COMMON = { entities: ENTITIES, migrations: MIGRATIONS, synchronize: false, logging: false } as const;

/** TypeORM asks for the driver's verbose mode, in which every statement pays for a stack trace: not given. */
const QUIET_DRIVER = { ...sqlite3, verbose: () => sqlite3 };

const sqlite = ({ path, connectionTimeoutSeconds }: DatabaseOptions, flags: number): DataSourceOptions => ({
  ...COMMON,
  type: 'sqlite',
  database: path,
  driver: QUIET_DRIVER,
  flags,
  busyTimeout: connectionTimeoutSeconds * 1000,
});

const postgres = ({ url, connectionTimeoutSeconds }: DatabaseOptions): DataSourceOptions => ({
  ...COMMON,
  type: 'postgres',
  ...(url === undefined ? {} : { url }),
  connectTimeoutMS: connectionTimeoutSeconds * 1000,
  applicationName: 'mqi',
});
