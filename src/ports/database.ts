import { Token } from 'typedi';
import type { CaseError } from '../domain/errors.js';

/** Life and upkeep of the database itself. */
export interface Database {
  /** Connects, refuses a newer schema than the code's (`database.newer`), and migrates an older one. */
  open(): Promise<void>;
  close(): Promise<void>;
  /** Names of the migrations that `open` or `migrate` applied. */
  migrate(): Promise<readonly string[]>;
  /** A consistent copy to a new file, also while the service runs. */
  backup(file: string): Promise<void>;
  /** Words for each thing found wrong; none when sound. */
  check(): Promise<readonly string[]>;
  /** Name and version of the database program: `SQLite 3.50.4`. */
  version(): Promise<string>;
  /**
   * Calls back soon after another process has committed (SQLite: PRAGMA data_version of the writing connection, on which
   * our own commits do not count; PostgreSQL: our own may call back as well, which only costs a look). Returns the function that ends the watch.
   */
  onForeignCommit(callback: () => void): () => void;
  /**
   * Calls back once, within seconds, when going on would write into the void or make damage worse: the file under the
   * database's name is no longer the one that was opened (operator `database.gone`), or is damaged (`database.corrupt`).
   * Returns the function that ends the watch. PostgreSQL: never; a server that is away comes back.
   */
  onLoss(callback: (loss: CaseError) => void): () => void;
}
export const Database = new Token<Database>('Database');
