import { expect } from 'chai';
import { aCase } from '../../builders/a-case.js';
import { execute, postgresPrograms, postgresServer } from '../../postgres-server.js';
import { realStores, sqliteOptions, type RealStores } from '../../real-stores.js';
import { until } from '../../until.js';
import { rejection } from '../../rejection.js';

const CUT_ALL = 'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()';

describe('a PostgreSQL server that goes away', () => {
  let url = '';
  let stores: RealStores;

  before(function () {
    if (postgresPrograms() === null) this.skip();
  });
  beforeEach(async () => {
    url = await postgresServer.newDatabase();
    stores = realStores({ ...sqliteOptions(''), kind: 'postgres', url });
    await stores.database.open();
  });
  afterEach(() => stores.database.close());

  it('under a write: nothing of it stays, it is tried again, and then goes on', async () => {
    const cut = stores.connections.write(async (tx) => {
      await tx.query('SELECT 1');
      await execute(url, `${CUT_ALL} AND datname = current_database()`);
      await tx.query('SELECT 1');
    });
    expect(await rejection(cut)).to.include({ code: 'database.unavailable', severity: 'transient' });
    // A connection of the pool may still be found cut at its next use: that too is transient.
    await until('the database takes writes again', async () => {
      try {
        await stores.seed({ cases: [aCase()] });
        return true;
      } catch (thrown) {
        expect(thrown).to.include({ code: 'database.unavailable', severity: 'transient' });
        return false;
      }
    });
    expect(await stores.queries.count({})).to.equal(1);
  });

  it('is not there at the start', async () => {
    const nobody = realStores({ ...sqliteOptions(''), kind: 'postgres', url: 'postgres://x@127.0.0.1:1/none' });
    expect(await rejection(nobody.database.open())).to.include({ code: 'database.unavailable', severity: 'transient' });
  });

  it('refuses us, which only a person can mend', async () => {
    const wrong = realStores({ ...sqliteOptions(''), kind: 'postgres', url: url.replace(/\/test\d+$/, '/none') });
    expect(await rejection(wrong.database.open())).to.include({ code: 'database.refused', severity: 'operator' });
    expect(await rejection(stores.database.backup('/nowhere'))).to.include({ code: 'backup.unsupported' });
  });
});
