import { expect } from 'chai';
import { join } from 'node:path';
import { CASE_STATES } from '../../../src/domain/case-machine.js';
import type { CaseFilter } from '../../../src/ports/case-queries.js';
import { aCase } from '../../builders/a-case.js';
import { realStores, sqliteOptions, type RealStores } from '../../real-stores.js';
import { tempFolder } from '../../temp-folder.js';

/** SQLite's own account of how it would run the statements that `work` sends. */
async function plansOf({ connections }: RealStores, work: () => Promise<unknown>): Promise<readonly string[]> {
  const seen: { readonly sql: string; readonly values: readonly unknown[] }[] = [];
  const reader = await connections.read((manager) => Promise.resolve(manager.connection));
  const { logger } = reader;
  reader.logger = Object.assign(Object.create(logger) as typeof logger, {
    logQuery: (sql: string, values: readonly unknown[] = []) => seen.push({ sql, values }),
  });
  await work();
  reader.logger = logger;
  const plans = seen.map(({ sql, values }) => reader.query(`EXPLAIN QUERY PLAN ${sql}`, [...values]));
  const rows: unknown = (await Promise.all(plans)).flat();
  return (rows as readonly { readonly detail: string }[]).map(({ detail }) => detail);
}

describe('lists over very many cases', () => {
  const folder = tempFolder();
  let stores: RealStores;

  beforeEach(async () => {
    stores = realStores(sqliteOptions(join(folder.path, 'mqi.sqlite')));
    await stores.database.open();
    await stores.seed({
      cases: Array.from({ length: 3000 }, (_, i) => aCase({ state: CASE_STATES[i % CASE_STATES.length] ?? 'failed' })),
    });
    await stores.connections.writer.query('ANALYZE');
  });
  afterEach(() => stores.database.close());

  const filters: Readonly<Record<string, CaseFilter>> = {
    'the newest': { limit: 50 },
    'a later page': { limit: 50, offset: 200 },
    'those in one state': { limit: 50, states: ['completed'] },
    'those since a day': { limit: 50, since: 1_760_000_000_100 },
  };
  for (const [words, filter] of Object.entries(filters)) {
    it(`take ${words} in order from an index, without sorting`, async () => {
      const plans = await plansOf(stores, () => stores.queries.list(filter));
      expect(plans.some((plan) => /USING INDEX cases_(state_)?newest/.test(plan))).to.equal(true);
      expect(plans.filter((plan) => plan.includes('TEMP B-TREE'))).to.deep.equal([]);
    });
  }

  it('find due cases without looking at ended ones', async () => {
    const plans = await plansOf(stores, () => stores.cases.nextDueAt(1));
    expect(plans.filter((plan) => plan.includes('SCAN'))).to.deep.equal([]);
  });
});
