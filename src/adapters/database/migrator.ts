import { MigrationExecutor } from 'typeorm';
import { operator } from '../../domain/errors.js';
import type { Connections } from './connections.js';

/**
 * Brings the tables to the code's state; the names of the migrations applied. Safe to run from two processes at once:
 * the second finds nothing left to do.
 * @throws operator `database.newer` where the database knows migrations that this program does not
 */
export async function migrate(connections: Connections): Promise<readonly string[]> {
  const { writer, options } = connections;
  if ((await pendingMigrations(connections)).length === 0) return [];
  return connections.exclusively(async () => {
    // SQLite: the lock is a transaction already, around all of them. PostgreSQL: each in one of its own.
    const applied = await writer.runMigrations({ transaction: options.kind === 'sqlite' ? 'none' : 'each' });
    return applied.map(({ name }) => name);
  });
}

/** Looks without writing, so that a command of an operator never waits for the service here. */
async function pendingMigrations({ writer }: Connections): Promise<readonly string[]> {
  const known = writer.migrations.map(({ name }) => name ?? '');
  const applied = (await new MigrationExecutor(writer).getExecutedMigrations()).map(({ name }) => name);
  const unknown = applied.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw operator('database.newer', `the database was written by a newer version (${unknown.join(', ')})`, {
      remedy: 'start the newer version of the program, or put back the backup made before it was installed',
    });
  }
  return known.filter((name) => !applied.includes(name));
}
