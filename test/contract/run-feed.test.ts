import { expect } from 'chai';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { aReceipt } from '../builders/a-receipt.js';
import { onAllStores } from '../test-databases.js';
import { claimOne } from './claim-one.js';

const NOW = 1_770_000_000_000;

describe('the history as it grows', () => {
  onAllStores((stores) => {
    it('tells each move with its case and its machines, and each attempt once it has ended', async () => {
      const { feed, cases } = stores();
      expect(await feed.lastTransition()).to.equal(0);
      const beams = [1, 2].map((beamNumber) => aBeam({ caseId: 'c1', beamNumber, machine: 'G1' }));
      await stores().seed({ cases: [aCase({ id: 'c1' })], beams });
      const { kase, attemptId } = await claimOne(cases, NOW);
      expect(await feed.attemptsEnded(0, 10)).to.deep.equal([]);
      const moved = await cases.commit(kase, {
        change: { state: 'validated', leaseOwner: null, leasedUntil: null },
        at: NOW + 10,
        transition: { event: 'advance', to: 'validated', reason: null, actor: 'service' },
        attempt: { id: attemptId, outcome: 'done', error: null },
      });
      const [ended] = await feed.attemptsEnded(NOW + 10, 10);
      expect(ended?.attempt).to.include({ id: attemptId, outcome: 'done', finishedAt: NOW + 10 });
      expect(ended?.kase).to.deep.equal(moved);
      expect(await feed.attemptsEnded(NOW + 11, 10)).to.deep.equal([]);
      const [move, ...others] = await feed.transitionsAfter(0, 10);
      expect(others).to.deep.equal([]);
      expect(move).to.deep.include({ kase: moved, machines: ['G1'] });
      expect(move?.transition).to.include({ event: 'advance', to: 'validated' });
      const last = await feed.lastTransition();
      expect(last).to.equal(move?.transition.id);
      expect(await feed.transitionsAfter(last, 10)).to.deep.equal([]);
    });

    it('knows the active cases of which nothing has changed, held ones left out', async () => {
      const rows = [
        aCase({ id: 'old', updatedAt: NOW - 10, state: 'interpreted' }),
        aCase({ id: 'oldest', updatedAt: NOW - 20 }),
        aCase({ id: 'new', updatedAt: NOW + 1 }),
        aCase({ id: 'held', updatedAt: NOW - 20, heldBecause: 'somebody looks at it' }),
        aCase({ id: 'done', updatedAt: NOW - 20, state: 'completed' }),
      ];
      await stores().seed({ cases: rows });
      const unmoved = await stores().feed.unmoved(NOW, 10);
      expect(unmoved.map(({ kase, machines }) => [kase.id, machines])).to.deep.equal([
        ['oldest', []],
        ['old', []],
      ]);
      expect((await stores().feed.cases(['done', 'none'])).map(({ id }) => id)).to.deep.equal(['done']);
    });

    it('knows since when the oldest case of each state waits, and what each target was sent', async () => {
      const rows = [
        aCase({ id: 'a', takenAt: NOW + 5, state: 'assembled' }),
        aCase({ id: 'b', takenAt: NOW + 3, state: 'assembled' }),
        aCase({ id: 'c', takenAt: NOW, state: 'assembled', heldBecause: 'somebody looks at it' }),
        aCase({ id: 'd', takenAt: NOW, state: 'failed' }),
      ];
      await stores().seed({ cases: rows });
      expect(await stores().feed.oldestActive()).to.deep.equal([{ state: 'assembled', takenAt: NOW + 3 }]);
      for (const [caseId, target] of [
        ['a', 'pacs'],
        ['b', 'pacs'],
        ['a', 'folder'],
      ] as const) {
        await stores().receipts.record(aReceipt({ caseId, target, status: 'delivered' }));
      }
      expect(await stores().feed.receiptCounts()).to.deep.equal([
        { target: 'folder', status: 'delivered', objects: 1, attempts: 1 },
        { target: 'pacs', status: 'delivered', objects: 2, attempts: 2 },
      ]);
    });
  });
});
