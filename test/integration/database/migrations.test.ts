import { expect } from 'chai';
import { join } from 'node:path';
import { DataSource, type QueryRunner } from 'typeorm';
import { CreateTables1763900000000 } from '../../../src/adapters/database/migrations/create-tables.js';
import { MIGRATIONS } from '../../../src/adapters/database/migrations/migrations.js';
import { aCase } from '../../builders/a-case.js';
import { realStores, sqliteOptions } from '../../real-stores.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { onRealDatabases } from '../../test-databases.js';

class AddSomethingLater9999999999999 {
  readonly name = 'AddSomethingLater9999999999999';
  up(runner: QueryRunner): Promise<unknown> {
    return runner.query('CREATE TABLE "later" ("id" integer)');
  }
  async down(): Promise<void> {
    // never undone in the test
  }
}

async function withMigrations(path: string, migrations: readonly (new () => never)[], rows = ''): Promise<void> {
  const source = new DataSource({ type: 'sqlite', database: path, migrations: [...migrations] });
  await source.initialize();
  await source.runMigrations();
  if (rows !== '') await source.query(rows);
  await source.destroy();
}

describe('migrations', () => {
  const folder = tempFolder();

  it('bring a database of the first version to the present one and keep its cases', async () => {
    const path = join(folder.path, 'old.sqlite');
    const { id, folder: dropped, fingerprint } = aCase();
    await withMigrations(
      path,
      [CreateTables1763900000000 as never],
      `INSERT INTO "cases" ("id", "folder", "fingerprint", "run", "state", "version", "priority", "beamCount",
       "progress", "attempt", "crashes", "createdAt", "updatedAt") VALUES
       ('${id}', '${dropped}', '${fingerprint}', 1, 'completed', 9, 0, 2, 100, 0, 0, 1760000000000, 1760000000001)`,
    );
    const stores = realStores(sqliteOptions(path));
    await stores.database.open();
    expect(await stores.cases.get(id)).to.include({ id, state: 'completed', version: 9, createdAt: 1_760_000_000_000 });
    expect(await stores.cases.get(id)).to.include({ takenAt: 1_760_000_000_000, duplicateOf: null });
    expect(await stores.database.check()).to.deep.equal([]);
    expect(await stores.database.migrate()).to.deep.equal([]);
    await stores.database.close();
  });

  it('are refused, and nothing is touched, where a newer version has written the database', async () => {
    const path = join(folder.path, 'newer.sqlite');
    await withMigrations(path, [...MIGRATIONS, AddSomethingLater9999999999999] as never[]);
    const stores = realStores(sqliteOptions(path));
    const refusal = await rejection(stores.database.open());
    expect(refusal).to.include({ code: 'database.newer', severity: 'operator' });
    await stores.database.close();
  });

  it('are applied once when several processes open a new database together', async () => {
    const path = join(folder.path, 'new.sqlite');
    const all = Array.from({ length: 3 }, () => realStores(sqliteOptions(path)));
    await Promise.all(all.map(({ database }) => database.open()));
    const rows: unknown = await all[0]!.connections.writer.query('SELECT "name" FROM "migrations"');
    expect(rows).to.have.lengthOf(MIGRATIONS.length);
    await Promise.all(all.map(({ database }) => database.close()));
  });

  onRealDatabases((stores) => {
    it('can be undone and done again', async () => {
      const { writer } = stores().connections;
      for (let undone = 0; undone < MIGRATIONS.length; undone += 1) await writer.undoLastMigration();
      expect(await stores().database.migrate()).to.deep.equal(MIGRATIONS.map(({ name }) => name));
      const { upQueries } = await writer.driver.createSchemaBuilder().log();
      expect(upQueries.map(({ query }) => query)).to.deep.equal([]);
    });
  });
});
