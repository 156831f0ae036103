import { expect } from 'chai';
import { existsSync, openSync, closeSync, readdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { realStores, sqliteOptions } from '../../real-stores.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';
import { onRealDatabases } from '../../test-databases.js';

describe('database upkeep', () => {
  onRealDatabases((stores) => {
    it('finds nothing wrong in a sound database', async () => {
      await stores().seed({ cases: [aCase({ id: 'c1', state: 'simulated' })], beams: [aBeam({ state: 'converted' })] });
      const advance = { event: 'advance', to: 'assembled', reason: null, actor: 'service' } as const;
      const kase = await stores().cases.get('c1');
      await stores().cases.commit(kase!, { change: {}, transition: advance, at: 1 });
      expect(await stores().database.check()).to.deep.equal([]);
    });

    it('tells which program it is, and its version', async () => {
      expect(await stores().database.version()).to.match(/^(SQLite|PostgreSQL) \d+\.\d+/);
    });

    it('says what does not fit together, and in which cases', async () => {
      await stores().seed({
        cases: [
          aCase({ id: 'c1', state: 'completed' }),
          aCase({ id: 'c2', state: 'failed', leaseOwner: 'gone', leasedUntil: 1 }),
          aCase({ id: 'c3', state: 'registered' }),
        ],
        beams: [aBeam({ state: 'failed' })],
      });
      await stores().receipts.record(aReceipt({ status: 'pending' }));
      await stores().cases.claimDue({ owner: 'me', now: 1, leaseMs: 1, steps: ['validate'], limit: 1 });
      await stores().connections.write((tx) => tx.query(`UPDATE "cases" SET "state" = 'lost' WHERE "id" = 'c3'`));
      expect([...(await stores().database.check())].sort()).to.deep.equal([
        'case in a state this version does not know: c3',
        'case with a dose assembled, but beams that are not converted: c1',
        'completed case with an object that is not delivered: c1',
        'ended case that is still leased: c2, c3',
        'ended case with an attempt that is still open: c3',
      ]);
    });
  });

  describe('of a SQLite file', () => {
    const folder = tempFolder();
    const at = (name: string): string => join(folder.path, name);

    it('makes a copy while cases are being written, and the copy is whole', async () => {
      const stores = realStores(sqliteOptions(at('mqi.sqlite')));
      await stores.database.open();
      await stores.seed({ cases: Array.from({ length: 50 }, () => aCase()) });
      const writes = Array.from({ length: 20 }, () => stores.seed({ cases: [aCase()] }));
      await stores.database.backup(at('copy of "today".sqlite'));
      await Promise.all(writes);
      await stores.database.close();
      expect(readdirSync(folder.path).filter((name) => name.endsWith('.part'))).to.deep.equal([]);
      const copy = realStores(sqliteOptions(at('copy of "today".sqlite')));
      await copy.database.open();
      expect(await copy.queries.count({})).to.be.within(50, 70);
      expect(await copy.database.check()).to.deep.equal([]);
      await copy.database.close();
    });

    it('never overwrites a backup', async () => {
      const stores = realStores(sqliteOptions(at('mqi.sqlite')));
      await stores.database.open();
      writeFileSync(at('kept'), 'yesterday');
      expect(await rejection(stores.database.backup(at('kept')))).to.include({ code: 'backup.exists' });
      const nowhere = stores.database.backup(at('no such folder/copy'));
      expect(await rejection(nowhere)).to.include({ severity: 'operator' });
      await stores.database.close();
    });

    it('stops with a remedy on a file that is no database', async () => {
      writeFileSync(at('mqi.sqlite'), 'this is not SQLite '.repeat(100));
      const stores = realStores(sqliteOptions(at('mqi.sqlite')));
      expect(await rejection(stores.database.open())).to.include({ code: 'database.corrupt', severity: 'operator' });
      await stores.database.close();
    });

    it('finds damage in the file', async () => {
      const first = realStores(sqliteOptions(at('mqi.sqlite'), { journalMode: 'DELETE' }));
      await first.database.open();
      await first.seed({ cases: Array.from({ length: 200 }, () => aCase()) });
      const rows: unknown = await first.connections.writer.query('PRAGMA page_count');
      const pages = (rows as readonly { readonly page_count: number }[])[0]!.page_count;
      await first.database.close();
      const file = openSync(at('mqi.sqlite'), 'r+');
      for (let page = 12; page < pages; page += 3) writeSync(file, Buffer.alloc(600, 0xa5), 0, 600, page * 4096);
      closeSync(file);
      const stores = realStores(sqliteOptions(at('mqi.sqlite'), { journalMode: 'DELETE' }));
      await stores.database.open();
      const found = await stores.database.check().catch((error: unknown) => [error]);
      expect(found).to.have.lengthOf.greaterThan(0);
      await stores.database.close();
    });

    it('says that the disk is full, loses no earlier write, and goes on when there is room', async () => {
      const stores = realStores(sqliteOptions(at('mqi.sqlite')));
      await stores.database.open();
      await stores.seed({ cases: [aCase()] });
      await stores.connections.writer.query('PRAGMA max_page_count = 1');
      const large = aCase({ planLabel: 'x'.repeat(200_000) });
      const both = await Promise.allSettled([stores.seed({ cases: [large] }), stores.seed({ cases: [large] })]);
      for (const result of both) {
        expect(result).to.have.nested.property('reason.code', 'disk.full');
        expect(result).to.have.nested.property('reason.severity', 'operator');
      }
      await stores.connections.writer.query('PRAGMA max_page_count = 1000000');
      await stores.seed({ cases: [aCase()] });
      expect(await stores.queries.count({})).to.equal(2);
      await stores.database.close();
    });

    it('says that the database cannot be written', async () => {
      const stores = realStores(sqliteOptions(at('mqi.sqlite')));
      await stores.database.open();
      await stores.connections.writer.query('PRAGMA query_only = ON');
      const refused = await rejection(stores.seed({ cases: [aCase()] }));
      expect(refused).to.include({ code: 'database.read-only', severity: 'operator' });
      const reading = stores.connections.read((manager) => manager.query('DELETE FROM "cases"'));
      expect(await rejection(reading)).to.include({ code: 'database.read-only' });
      await stores.database.close();
    });

    it('takes no write after it was closed, and finishes those before', async () => {
      const stores = realStores(sqliteOptions(at('deeper/mqi.sqlite')));
      await stores.database.open();
      const last = stores.seed({ cases: [aCase()] });
      await stores.database.close();
      await last;
      expect(await rejection(stores.seed({ cases: [aCase()] }))).to.include({ code: 'database.closed' });
      expect(existsSync(at('deeper/mqi.sqlite-wal'))).to.equal(false);
    });
  });
});
