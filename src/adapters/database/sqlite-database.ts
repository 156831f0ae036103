import { access, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { operator, type CaseError } from '../../domain/errors.js';
import { flushFolder } from '../../files/whole-file.js';
import type { Database } from '../../ports/database.js';
import { brokenRules } from './consistency.js';
import { guardFiles } from './file-guard.js';
import { migrate } from './migrator.js';
import type { SqliteConnections } from './sqlite-connections.js';
import { watchMarker } from './watch-marker.js';

/** Life and upkeep of the SQLite file. */
export class SqliteDatabase implements Database {
  constructor(private readonly connections: SqliteConnections) {}

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

  /** The copy appears whole under its name, and stays after a power cut. */
  async backup(file: string): Promise<void> {
    if (await exists(file)) {
      throw operator('backup.exists', 'the backup file exists already', { remedy: 'give the name of a new file' });
    }
    const part = `${file}.part`;
    await rm(part, { force: true });
    await this.connections.read((manager) => manager.query('VACUUM INTO ?', [part]));
    await syncToDisk(part);
    await rename(part, file);
    await flushFolder(dirname(file));
  }

  check(): Promise<readonly string[]> {
    return this.connections.snapshot(async (manager) => {
      const integrity: unknown = await manager.query('PRAGMA integrity_check');
      const damage = (integrity as readonly { readonly integrity_check: string }[])
        .map((row) => row.integrity_check)
        .filter((words) => words !== 'ok')
        .map((words) => `damage in the file: ${words}`);
      const orphans: unknown = await manager.query('PRAGMA foreign_key_check');
      const rows = (
        orphans as readonly { readonly table: string; readonly parent: string; readonly rowid: number }[]
      ).map(({ table, parent, rowid }) => `row ${String(rowid)} of ${table} belongs to no row of ${parent}`);
      return [...damage, ...rows, ...(await brokenRules(manager))];
    });
  }

  version(): Promise<string> {
    return this.connections.read(async (manager) => {
      const rows: unknown = await manager.query('SELECT sqlite_version() AS "version"');
      return `SQLite ${(rows as readonly { readonly version: string }[])[0]?.version ?? ''}`;
    });
  }

  /**
   * PRAGMA data_version changes on a connection when any other has committed. It is asked on the writing connection,
   * on which our own commits do not count.
   */
  onForeignCommit(callback: () => void): () => void {
    const { writer } = this.connections;
    return watchMarker(async () => JSON.stringify(await writer.query('PRAGMA data_version')), callback);
  }

  /** The log of WAL mode counts as well: without it, what was committed lately is gone. */
  onLoss(callback: (loss: CaseError) => void): () => void {
    const { path } = this.connections.options;
    const unguard = guardFiles([path, `${path}-wal`], callback);
    const unlisten = this.connections.onCorruption(callback);
    return () => {
      unguard();
      unlisten();
    };
  }
}

async function exists(file: string): Promise<boolean> {
  try {
    await access(file);
    return true;
  } catch {
    // Not there, or not to be seen: the write that follows says which.
    return false;
  }
}

async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
