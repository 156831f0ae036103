import { expect } from 'chai';
import { TypeormLegacyCases } from '../../../src/adapters/database/typeorm-legacy-cases.js';
import type { LegacyCase } from '../../../src/domain/legacy-case.js';
import { onRealDatabases } from '../../test-databases.js';

const old: LegacyCase = {
  id: 'case_A%',
  folder: '/data/SHI_log/case_A%',
  state: 'completed',
  progress: 100,
  createdAt: 1_700_000_000_000,
  updatedAt: null,
  retries: 1,
  error: null,
  beams: [{ id: 'case_A_1', number: 1, state: 'completed', error: null }],
  steps: [{ step: 'csv_interpreting', state: 'completed', startedAt: 1, finishedAt: null, error: 'late' }],
};

describe('cases of the predecessor', () => {
  onRealDatabases((stores) => {
    it('are kept as they were, newest first and without a date last, and found by a part of id or folder', async () => {
      const legacy = new TypeormLegacyCases(stores().connections);
      const newer = { ...old, id: 'b', folder: 'x', createdAt: 1_700_000_000_001 };
      const undated = { ...old, id: 'c', folder: 'y', createdAt: null };
      await legacy.keep([undated, old, newer]);
      expect(await legacy.list({})).to.deep.equal([newer, old, undated]);
      expect(await legacy.list({ search: 'shi_LOG/case_a%' })).to.deep.equal([old]);
      expect(await legacy.list({ search: 'a_b' })).to.deep.equal([]);
      expect(await legacy.list({ limit: 1 })).to.deep.equal([newer]);
    });

    it('are there once however often they are read, with what was read last', async () => {
      const legacy = new TypeormLegacyCases(stores().connections);
      await legacy.keep([old]);
      await legacy.keep([{ ...old, state: 'failed' }]);
      expect(await legacy.list({})).to.deep.equal([{ ...old, state: 'failed' }]);
    });
  });
});
