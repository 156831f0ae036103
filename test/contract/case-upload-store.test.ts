import { expect } from 'chai';
import { newUpload, type CaseUpload } from '../../src/domain/case-upload.js';
import { aCase } from '../builders/a-case.js';
import { onAllStores } from '../test-databases.js';

const END = { state: 'open', failures: 0, dueAt: null, failedAt: null, againSince: null, error: null } as const;
const WAITS = { state: 'assembled', waitingFor: 'target pacs', notBefore: 9_000 } as const;
const AT_PACS = { target: 'pacs', now: 1_000, limit: 10, longestAgo: false };

describe('store of deliveries of cases to targets', () => {
  onAllStores((stores) => {
    const openAt = async (caseId: string, target: string): Promise<CaseUpload> => {
      const rows = await stores().uploads.open(caseId, [target]);
      return rows.find((row) => row.target === target) ?? newUpload('none', target);
    };

    it('makes a row for each target that has none, and keeps the others as they are', async () => {
      await stores().seed({ cases: [aCase({ id: 'c1' })] });
      const begun = await stores().uploads.begin(await openAt('c1', 'pacs'));
      expect(await stores().uploads.open('c1', ['pacs', 'outbox'])).to.deep.equal([newUpload('c1', 'outbox'), begun]);
      expect(await stores().uploads.ofCase('c1')).to.have.length(2);
    });

    it('takes the end of a turn from the turn that was begun last only', async () => {
      await stores().seed({ cases: [aCase({ id: 'c1' })] });
      const first = await stores().uploads.begin(await openAt('c1', 'pacs'));
      const second = await stores().uploads.begin(first);
      expect(await stores().uploads.end(first, { ...END, state: 'failed' })).to.equal(false);
      expect(await stores().uploads.end(second, { ...END, failures: 2, dueAt: 5, failedAt: 4 })).to.equal(true);
      const [row] = await stores().uploads.ofCase('c1');
      expect(row).to.include({ turns: 2, state: 'open', failures: 2, dueAt: 5, failedAt: 4 });
    });

    it('opens again what was delivered, and does not take the end of an older turn for that of the repeat', async () => {
      await stores().seed({ cases: [aCase({ id: 'c1' })] });
      const begun = await stores().uploads.begin(await openAt('c1', 'pacs'));
      await stores().uploads.again('c1', ['pacs', 'outbox'], 77);
      expect(await stores().uploads.end(begun, { ...END, state: 'delivered' })).to.equal(false);
      const rows = await stores().uploads.ofCase('c1');
      expect(rows.map(({ target, state, againSince }) => [target, state, againSince])).to.deep.equal([
        ['outbox', 'open', 77],
        ['pacs', 'open', 77],
      ]);
    });

    it('counts what waits at each target: not held cases, and completed ones', async () => {
      const cases = [
        aCase({ id: 'c1', ...WAITS }),
        aCase({ id: 'c2', folder: 'b', state: 'completed' }),
        aCase({ id: 'c3', folder: 'c', ...WAITS, heldBecause: 'look' }),
        aCase({ id: 'c4', folder: 'd', state: 'failed' }),
      ];
      await stores().seed({ cases });
      for (const { id } of cases) await stores().uploads.open(id, ['pacs']);
      const done = await stores().uploads.begin(await openAt('c2', 'outbox'));
      await stores().uploads.end(done, { ...END, state: 'delivered' });
      expect([...(await stores().uploads.waiting())]).to.deep.equal([['pacs', 2]]);
    });

    it('wakes those that wait for a target that is configured no more, and no others', async () => {
      const cases = [
        aCase({ id: 'c1', ...WAITS }),
        aCase({ id: 'c2', folder: 'b', ...WAITS }),
        aCase({ id: 'c3', folder: 'c', ...WAITS, heldBecause: 'look' }),
        aCase({ id: 'c4', folder: 'd', state: 'completed' }),
      ];
      await stores().seed({ cases });
      for (const { id } of cases) await stores().uploads.open(id, ['pacs', ...(id === 'c2' ? [] : ['former', 'old'])]);
      const done = await stores().uploads.begin(await openAt('c2', 'former'));
      await stores().uploads.end(done, { ...END, state: 'delivered' });
      expect(await stores().uploads.wakeStrayed(['pacs', 'outbox'], 1_000)).to.equal(1);
      const due = await Promise.all(cases.map(async ({ id }) => (await stores().cases.get(id))?.notBefore));
      expect(due).to.deep.equal([1_000, 9_000, 9_000, null]);
      expect(await stores().uploads.wakeStrayed(['pacs', 'outbox'], 1_000)).to.equal(0);
      expect(await stores().uploads.wakeStrayed(['pacs', 'outbox', 'former', 'old'], 1_000)).to.equal(0);
    });

    it('leaves out whom it is told to, of those that wait and of those that are late', async () => {
      await stores().seed({
        cases: [aCase({ id: 'c1', ...WAITS }), aCase({ id: 'c2', folder: 'b', state: 'completed' })],
      });
      for (const id of ['c1', 'c2']) await stores().uploads.open(id, ['pacs']);
      const but = (except: readonly string[]): typeof AT_PACS => ({ ...AT_PACS, ...{ except } });
      expect(await stores().uploads.wake(but(['c1', 'c2']))).to.deep.equal([]);
      expect(await stores().uploads.late(but(['c2']))).to.deep.equal([]);
      expect((await stores().uploads.late(but(['c1']))).map(({ caseId }) => caseId)).to.deep.equal(['c2']);
    });

    it('wakes cases that wait and are free, by priority and age, as many as asked for', async () => {
      await stores().seed({
        cases: [
          aCase({ id: 'c1', ...WAITS, createdAt: 2 }),
          aCase({ id: 'c2', folder: 'b', ...WAITS, createdAt: 1 }),
          aCase({ id: 'c3', folder: 'c', ...WAITS, createdAt: 3, priority: 5 }),
          aCase({ id: 'c4', folder: 'd', ...WAITS, createdAt: 0, leaseOwner: 'somebody', leasedUntil: 2_000 }),
          aCase({ id: 'c5', folder: 'e', ...WAITS, createdAt: 0, heldBecause: 'look' }),
          aCase({ id: 'c6', folder: 'f', ...WAITS, createdAt: 0, waitingFor: null }),
        ],
      });
      for (const id of ['c1', 'c2', 'c3', 'c4', 'c5', 'c6']) await stores().uploads.open(id, ['pacs']);
      expect(await stores().uploads.wake({ ...AT_PACS, limit: 2 })).to.deep.equal(['c3', 'c2']);
      expect((await stores().cases.get('c3'))?.notBefore).to.equal(1_000);
      expect((await stores().cases.get('c1'))?.notBefore).to.equal(9_000);
      expect(await stores().uploads.wake(AT_PACS)).to.deep.equal(['c1']);
    });

    it('wakes for a probe the one that failed there longest ago, and none whose own time has not come', async () => {
      const cases = ['c1', 'c2', 'c3'].map((id) => aCase({ id, folder: id, ...WAITS }));
      await stores().seed({ cases });
      for (const [id, failedAt, dueAt] of [
        ['c1', 500, null],
        ['c2', 400, null],
        ['c3', 1, 5_000],
      ] as const) {
        await stores().uploads.end(await stores().uploads.begin(await openAt(id, 'pacs')), { ...END, failedAt, dueAt });
      }
      expect(await stores().uploads.wake({ ...AT_PACS, limit: 1, longestAgo: true })).to.deep.equal(['c2']);
    });

    it('gives what is open at a target of cases that are completed, or only what was asked for since', async () => {
      await stores().seed({
        cases: [aCase({ id: 'c1', state: 'completed' }), aCase({ id: 'c2', folder: 'b', ...WAITS })],
      });
      for (const id of ['c1', 'c2']) await stores().uploads.open(id, ['pacs', 'outbox']);
      expect(await stores().uploads.late(AT_PACS)).to.deep.equal([newUpload('c1', 'pacs')]);
      await stores().uploads.again('c1', ['pacs'], 700);
      expect(await stores().uploads.late({ ...AT_PACS, askedAfter: 699 })).to.have.length(1);
      expect(await stores().uploads.late({ ...AT_PACS, askedAfter: 700 })).to.deep.equal([]);
    });
  });
});
