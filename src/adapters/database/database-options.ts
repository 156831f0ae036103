/** Where the database is and how it is held: the `database` section of the settings, its path made absolute. */
export interface DatabaseOptions {
  readonly kind: 'sqlite' | 'postgres';
  /** SQLite: absolute path of the file. */
  readonly path: string;
  /** PostgreSQL: connection URL. */
  readonly url?: string | undefined;
  /** How long to wait for a connection (PostgreSQL) or for another process's write lock (SQLite), seconds. */
  readonly connectionTimeoutSeconds: number;
  /** SQLite journal_mode. */
  readonly journalMode: 'DELETE' | 'TRUNCATE' | 'PERSIST' | 'MEMORY' | 'WAL' | 'OFF';
  /** SQLite synchronous. */
  readonly synchronous: 'OFF' | 'NORMAL' | 'FULL' | 'EXTRA';
  /** SQLite cache_size: pages, or KiB where negative. */
  readonly cacheSize: number;
}
