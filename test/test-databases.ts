import { join } from 'node:path';
import type { DatabaseOptions } from '../src/adapters/database/database-options.js';
import { FakeDiskHistory } from './fakes/fake-disk-history.js';
import { FakeAvoidedNodes } from './fakes/fake-avoided-nodes.js';
import { FakeBeamStore } from './fakes/fake-beam-store.js';
import { FakeCaseLists } from './fakes/fake-case-lists.js';
import { FakeCaseQueries } from './fakes/fake-case-queries.js';
import { FakeCaseStore } from './fakes/fake-case-store.js';
import { FakeCaseUploadStore } from './fakes/fake-case-upload-store.js';
import { FakeIntakeMemory } from './fakes/fake-intake-memory.js';
import { FakeDeliveryStore } from './fakes/fake-delivery-store.js';
import { FakeLooseEnds } from './fakes/fake-loose-ends.js';
import { FakePseudonymStore } from './fakes/fake-pseudonym-store.js';
import { FakeReceiptStore } from './fakes/fake-receipt-store.js';
import { FakeResourceStore } from './fakes/fake-resource-store.js';
import { FakeTargetStore } from './fakes/fake-target-store.js';
import { FakeTables } from './fakes/fake-tables.js';
import { postgresPrograms, postgresServer } from './postgres-server.js';
import { realStores, sqliteOptions, type RealStores, type Stores } from './real-stores.js';
import { tempFolder } from './temp-folder.js';

function fakeStores(): Stores {
  const tables = new FakeTables();
  return {
    cases: new FakeCaseStore(tables),
    beams: new FakeBeamStore(tables),
    receipts: new FakeReceiptStore(tables),
    uploads: new FakeCaseUploadStore(tables),
    targets: new FakeTargetStore(tables),
    pseudonyms: new FakePseudonymStore(),
    deliveries: new FakeDeliveryStore(tables),
    resources: new FakeResourceStore(tables),
    intake: new FakeIntakeMemory(tables),
    avoided: new FakeAvoidedNodes(),
    disks: new FakeDiskHistory(),
    queries: new FakeCaseQueries(tables),
    lists: new FakeCaseLists(new FakeCaseQueries(tables)),
    looseEnds: new FakeLooseEnds(tables),
    seed: ({ cases = [], beams = [] }) => {
      for (const kase of cases) tables.cases.set(kase.id, kase);
      for (const beam of beams) tables.beams.set(beam.id, beam);
      return Promise.resolve();
    },
  };
}

type Specs<S> = (stores: () => S) => void;

/** Runs the specs on SQLite and on PostgreSQL, each test on an open database of its own. */
export function onRealDatabases(specs: Specs<RealStores>): void {
  describe('on SQLite', () => {
    const folder = tempFolder();
    specs(freshStores(() => Promise.resolve(sqliteOptions(join(folder.path, 'mqi.sqlite')))));
  });
  describe('on PostgreSQL', () => {
    before(function () {
      if (postgresPrograms() === null) this.skip();
    });
    specs(
      freshStores(async () => ({ ...sqliteOptions(''), kind: 'postgres', url: await postgresServer.newDatabase() })),
    );
  });
}

/** Runs the specs on the fakes and on both databases: what holds for one must hold for all. */
export function onAllStores(specs: Specs<Stores>): void {
  describe('on the fakes', () => {
    let stores: Stores;
    beforeEach(() => {
      stores = fakeStores();
    });
    specs(() => stores);
  });
  onRealDatabases(specs);
}

function freshStores(options: () => Promise<DatabaseOptions>): () => RealStores {
  let stores: RealStores | null = null;
  beforeEach(async () => {
    stores = realStores(await options());
    await stores.database.open();
  });
  afterEach(async () => {
    await stores?.database.close();
    stores = null;
  });
  return () => {
    if (stores === null) throw new Error('asked for before the test began');
    return stores;
  };
}
