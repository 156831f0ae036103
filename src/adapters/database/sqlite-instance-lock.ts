import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import sqlite3 from 'sqlite3';
import { operator } from '../../domain/errors.js';
import type { InstanceLock, LockHolder } from '../../ports/instance-lock.js';
import { alreadyRunning, NOBODY_KNOWN, type LockedThing } from './already-running.js';
import { translated } from './database-error.js';
import { makeOwnFolder } from './own-folder.js';

/** A holder that another process looks up for an instant must not make a start fail. */
const ACQUIRE_WITHIN_MS = 500;

/**
 * The lock is an empty SQLite file (`mqi.lock` in the root, `<database>.lock` beside the database) on which the service holds an exclusive transaction for as long as it lives: a lock
 * of the operating system, freed by the kernel however the process ends, unlike a file that names a pid.
 *
 * The file must never be opened by other means in this process, nor deleted: closing any descriptor of it would free
 * the lock (POSIX locks are per process), and a second file of that name would be a second lock. Who holds it stands in
 * a file beside it (`.json`), which proves nothing by itself.
 */
export class SqliteInstanceLock implements InstanceLock {
  readonly #file: string;
  readonly #holderFile: string;
  #held: sqlite3.Database | null = null;

  /** @param folder made if missing */
  constructor(
    private readonly folder: string,
    name = 'mqi.lock',
    private readonly thing: LockedThing = 'root',
  ) {
    this.#file = join(folder, name);
    this.#holderFile = `${this.#file}.json`;
  }

  /** The lock of a database file, beside it, wherever links lead to it: roots may share one by mistake. */
  static ofDatabase(path: string): SqliteInstanceLock {
    const file = realPath(path);
    return new SqliteInstanceLock(dirname(file), `${basename(file)}.lock`, 'database');
  }

  async acquire(): Promise<void> {
    if (this.#held !== null) return;
    await makeOwnFolder(this.folder, this.thing);
    const connection = await openExclusive(this.#file, ACQUIRE_WITHIN_MS);
    if (connection === null) throw alreadyRunning(this.thing, await this.#namedHolder());
    this.#held = connection;
    try {
      await this.#nameUs();
    } catch (cause) {
      await this.release();
      throw operator('service.root-unwritable', `the folder of the ${this.thing} cannot be written`, {
        cause,
        remedy: 'free space on its disk and give the service write access to it',
      });
    }
  }

  async release(): Promise<void> {
    const connection = this.#held;
    if (connection === null) return;
    this.#held = null;
    await rm(this.#holderFile, { force: true });
    await closed(connection);
  }

  async holder(): Promise<LockHolder | null> {
    if (this.#held !== null) return this.#namedHolder();
    await makeOwnFolder(this.folder, this.thing);
    const connection = await openExclusive(this.#file, 0);
    if (connection === null) return this.#namedHolder();
    await closed(connection);
    return null;
  }

  /** Never: the kernel keeps the lock as long as we live. */
  onLost(): void {
    return;
  }

  async #nameUs(): Promise<void> {
    const holder: LockHolder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
    const part = `${this.#holderFile}.part`;
    await writeFile(part, JSON.stringify(holder));
    await rename(part, this.#holderFile);
  }

  /** As the side file says; it may be missing for the instant between taking the lock and writing it. */
  async #namedHolder(): Promise<LockHolder> {
    try {
      return JSON.parse(await readFile(this.#holderFile, 'utf8')) as LockHolder;
    } catch {
      // Missing: the lock itself is what counts, the name is for people.
      return NOBODY_KNOWN;
    }
  }
}

/** Without links; also of what does not exist yet. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch (thrown) {
    const parent = dirname(path);
    // Not there yet, or below what is no folder: who makes it says so in words.
    if (!['ENOENT', 'ENOTDIR'].includes((thrown as NodeJS.ErrnoException).code ?? '') || parent === path) throw thrown;
    return join(realPath(parent), basename(path));
  }
}

/** A connection that holds the exclusive lock; null while another holds it. */
async function openExclusive(file: string, withinMs: number): Promise<sqlite3.Database | null> {
  const connection = await translated(
    'sqlite',
    () =>
      new Promise<sqlite3.Database>((resolve, reject) => {
        const made = new sqlite3.Database(file, (error) => {
          if (error === null) resolve(made);
          else reject(error);
        });
      }),
  );
  connection.configure('busyTimeout', withinMs);
  try {
    await translated('sqlite', () => executed(connection, 'BEGIN EXCLUSIVE'));
    return connection;
  } catch (error) {
    await closed(connection);
    if (isBusy(error)) return null;
    throw error;
  }
}

const isBusy = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'database.busy';

const executed = (connection: sqlite3.Database, sql: string): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.exec(sql, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });

const closed = (connection: sqlite3.Database): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.close((error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
