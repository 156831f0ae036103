import { expect } from 'chai';
import type { CaseStore, Claim, ClaimRequest } from '../../src/ports/case-store.js';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { aReceipt } from '../builders/a-receipt.js';
import { rejection } from '../rejection.js';
import { onAllStores } from '../test-databases.js';

const NOW = 1_770_000_000_000;

const aClaim = (change: Partial<ClaimRequest> = {}): ClaimRequest => ({
  owner: 'service-1',
  now: NOW,
  leaseMs: 30_000,
  steps: ['validate', 'interpret', 'simulate', 'assemble', 'upload'],
  limit: 10,
  ...change,
});

const advance = { event: 'advance', to: 'validated', reason: null, actor: 'service' } as const;

async function claimOne(cases: CaseStore, change: Partial<ClaimRequest> = {}): Promise<Claim> {
  const [claim] = await cases.claimDue(aClaim(change));
  if (claim === undefined) throw new Error('nothing was claimed');
  return claim;
}

const ids = (claims: readonly Claim[]): readonly string[] => claims.map(({ kase }) => kase.id);

describe('claims on cases', () => {
  onAllStores((stores) => {
    describe('claiming', () => {
      it('takes the highest priority first, then the oldest, up to the limit', async () => {
        const cases = [
          aCase({ id: 'young', createdAt: NOW - 1 }),
          aCase({ id: 'old', createdAt: NOW - 9 }),
          aCase({ id: 'urgent', createdAt: NOW, priority: 5 }),
        ];
        await stores().seed({ cases });
        expect(ids(await stores().cases.claimDue(aClaim({ limit: 2 })))).to.deep.equal(['urgent', 'old']);
        expect(ids(await stores().cases.claimDue(aClaim({ limit: 2 })))).to.deep.equal(['young']);
      });

      it('leases the case and opens an attempt of its step', async () => {
        await stores().seed({ cases: [aCase({ id: 'c1', state: 'simulated', attempt: 2 })] });
        const { kase, step, attemptId } = await claimOne(stores().cases);
        expect(step).to.equal('assemble');
        expect(kase).to.include({ leaseOwner: 'service-1', leasedUntil: NOW + 30_000, version: 2 });
        expect(await stores().cases.get('c1')).to.deep.equal(kase);
        const open = { finishedAt: null, outcome: null, error: null, beamNumber: null, host: null, resourceId: null };
        expect(await stores().cases.attemptsOf('c1')).to.deep.equal([
          { ...open, id: attemptId, caseId: 'c1', step: 'assemble', attempt: 3, owner: 'service-1', startedAt: NOW },
        ]);
      });

      it('of many cases at once opens an attempt of each, and moves each from its own version', async () => {
        const versions = [3, 1, 7];
        await stores().seed({ cases: versions.map((version, i) => aCase({ id: `c${String(i)}`, version })) });
        const claims = await stores().cases.claimDue(aClaim());
        expect(claims.map(({ kase }) => kase.version).sort()).to.deep.equal([2, 4, 8]);
        for (const { kase, attemptId } of claims) {
          expect(await stores().cases.get(kase.id)).to.deep.equal(kase);
          expect((await stores().cases.attemptsOf(kase.id)).map(({ id }) => id)).to.deep.equal([attemptId]);
        }
      });

      it('leaves cases that are held, ended, not due, leased, or whose step is not asked for', async () => {
        const cases = [
          aCase({ heldBecause: 'waits for the physicist' }),
          aCase({ state: 'failed' }),
          aCase({ notBefore: NOW + 1 }),
          aCase({ leaseOwner: 'service-2', leasedUntil: NOW + 1 }),
          aCase({ state: 'assembled' }),
          aCase({ id: 'due', notBefore: NOW, leaseOwner: 'service-2', leasedUntil: NOW }),
        ];
        await stores().seed({ cases });
        const request = aClaim({ steps: ['validate', 'interpret', 'simulate', 'assemble'] });
        expect(ids(await stores().cases.claimDue(request))).to.deep.equal(['due']);
      });

      it('is foretold by the steps that have something to claim, and takes nothing by that', async () => {
        const cases = [
          aCase({ id: 'due' }),
          aCase({ state: 'validated', heldBecause: 'waits for the physicist' }),
          aCase({ state: 'interpreted', leaseOwner: 'service-1', leasedUntil: NOW - 1 }),
          aCase({ state: 'simulated', notBefore: NOW + 1 }),
          aCase({ state: 'assembled', notBefore: NOW + 2_000 }),
          aCase({ state: 'completed' }),
        ];
        await stores().seed({ cases });
        const request = { owner: 'service-1', now: NOW, longestDelayMs: 1_000 };
        expect([...(await stores().cases.dueSteps(request))].sort()).to.deep.equal(['upload', 'validate']);
        expect(ids(await stores().cases.claimDue(aClaim({ steps: ['validate'] })))).to.deep.equal(['due']);
        expect(await stores().cases.dueSteps(request)).to.deep.equal(['upload']);
      });

      it('closes the attempt of a lease that ran out as lost, and its holder can commit no more', async () => {
        await stores().seed({ cases: [aCase({ id: 'c1' })] });
        const slow = await claimOne(stores().cases, { owner: 'slow' });
        const next = await claimOne(stores().cases, { owner: 'next', now: NOW + 30_000 });
        const outcomes = (await stores().cases.attemptsOf('c1')).map(({ owner, outcome }) => [owner, outcome]);
        expect(outcomes).to.deep.equal([
          ['slow', 'lost'],
          ['next', null],
        ]);
        const late = stores().cases.commit(slow.kase, { change: {}, transition: advance, at: NOW + 30_001 });
        expect(await rejection(late)).to.include({ code: 'case.lost-race', severity: 'transient' });
        await stores().cases.commit(next.kase, { change: {}, transition: advance, at: NOW + 30_002 });
      });

      it('gives no case to two of many simultaneous claimers', async () => {
        await stores().seed({ cases: Array.from({ length: 12 }, () => aCase()) });
        const owners = ['a', 'b', 'c', 'd', 'e', 'f'];
        const all = await Promise.all(owners.map((owner) => stores().cases.claimDue(aClaim({ owner, limit: 3 }))));
        const taken = all.flatMap(ids);
        expect(new Set(taken).size).to.equal(taken.length);
        const rest = await stores().cases.claimDue(aClaim({ limit: 12 }));
        expect(taken.length + rest.length).to.equal(12);
      });
    });

    describe('leases', () => {
      it('are renewed for their owner only', async () => {
        const cases = [
          aCase({ id: 'mine', leaseOwner: 'service-1', leasedUntil: NOW }),
          aCase({ id: 'other', leaseOwner: 'service-2', leasedUntil: NOW }),
        ];
        await stores().seed({ cases });
        expect(await stores().cases.renewLeases('service-1', NOW + 60_000)).to.equal(1);
        expect(await stores().cases.get('mine')).to.include({ leasedUntil: NOW + 60_000, version: 1 });
        expect(await stores().cases.get('other')).to.include({ leasedUntil: NOW });
      });

      it('are listed by their owner, those of ended cases left out', async () => {
        const cases = [
          aCase({ id: 'mine', leaseOwner: 'service-1', leasedUntil: NOW }),
          aCase({ id: 'ended', state: 'failed', leaseOwner: 'service-1', leasedUntil: NOW }),
          aCase({ id: 'other', leaseOwner: 'service-2', leasedUntil: NOW }),
          aCase({ id: 'free' }),
        ];
        await stores().seed({ cases });
        expect((await stores().cases.leasedBy('service-1')).map(({ id }) => id)).to.deep.equal(['mine']);
      });

      it('of many cases that fare alike are freed together, each with its own version', async () => {
        const leased = { leaseOwner: 'gone', leasedUntil: NOW };
        const cases = [aCase({ id: 'a', ...leased }), aCase({ id: 'b', ...leased, version: 7 })];
        await stores().seed({ cases });
        expect(await stores().cases.releaseOrphans('me', NOW + 5)).to.equal(2);
        expect(await stores().cases.get('a')).to.include({ leaseOwner: null, version: 2, updatedAt: NOW + 5 });
        expect(await stores().cases.get('b')).to.include({ leaseOwner: null, version: 8, updatedAt: NOW + 5 });
      });

      it('of services that are gone are freed and counted as crashes; jobs of their beams stay open', async () => {
        await stores().seed({ cases: [aCase({ id: 'c1', state: 'interpreted' })], beams: [aBeam({ caseId: 'c1' })] });
        await claimOne(stores().cases, { owner: 'gone' });
        await stores().beams.beginAttempt(aBeam({ caseId: 'c1' }), 'gone', NOW);
        expect(await stores().cases.releaseOrphans('me', NOW + 5)).to.equal(1);
        const freed = { leaseOwner: null, leasedUntil: null, crashes: 2, version: 3 };
        expect(await stores().cases.get('c1')).to.include(freed);
        const attempts = await stores().cases.attemptsOf('c1');
        expect(attempts.map(({ beamNumber, outcome }) => [beamNumber, outcome])).to.deep.equal([
          [null, 'lost'],
          [1, null],
        ]);
        expect(await stores().cases.releaseOrphans('me', NOW + 6)).to.equal(0);
      });

      it('hold a case whose step ended with the service three times, and say so in its history', async () => {
        await stores().seed({ cases: [aCase({ id: 'c1', state: 'simulated' })] });
        for (const owner of ['first', 'second', 'third']) {
          expect((await claimOne(stores().cases, { owner })).kase.heldBecause).to.equal(null);
          await stores().cases.releaseOrphans('me', NOW + 5);
        }
        const held = await stores().cases.get('c1');
        expect(held?.error).to.include({ code: 'case.crash-loop', severity: 'bug' });
        expect(held?.heldBecause).to.include('assemble');
        const last = (await stores().cases.transitionsOf('c1')).at(-1);
        expect(last).to.include({ event: 'hold', from: 'simulated', to: 'simulated', reason: 'case.crash-loop' });
        expect(await stores().cases.claimDue(aClaim())).to.deep.equal([]);
      });

      it('count nothing against a case that only waits for its engine', async () => {
        const beam = aBeam({ caseId: 'c1', state: 'submitted', attempt: 1 });
        await stores().seed({ cases: [aCase({ id: 'c1', state: 'interpreted' })], beams: [beam] });
        for (const owner of ['first', 'second', 'third', 'fourth']) {
          await claimOne(stores().cases, { owner });
          await stores().cases.releaseOrphans('me', NOW + 5);
        }
        expect(await stores().cases.get('c1')).to.include({ crashes: 0, heldBecause: null });
      });

      it('count nothing against a delivery that got an object to its target meanwhile', async () => {
        await stores().seed({ cases: [aCase({ id: 'c1', state: 'assembled', crashes: 4 })] });
        await claimOne(stores().cases, { owner: 'gone' });
        await stores().receipts.record(aReceipt({ caseId: 'c1', status: 'delivered', at: NOW + 1 }));
        await stores().cases.releaseOrphans('me', NOW + 5);
        expect(await stores().cases.get('c1')).to.include({ crashes: 0, heldBecause: null });
      });
    });

    it('knows when the next case will be due', async () => {
      expect(await stores().cases.nextDueAt(NOW)).to.equal(null);
      const cases = [
        aCase({ notBefore: NOW + 900, leasedUntil: NOW + 1 }),
        aCase({ leasedUntil: NOW + 950 }),
        aCase({ notBefore: NOW + 10, heldBecause: 'held' }),
        aCase({ notBefore: NOW + 20, state: 'failed' }),
        aCase({ notBefore: NOW }),
      ];
      await stores().seed({ cases });
      expect(await stores().cases.nextDueAt(NOW)).to.equal(NOW + 900);
    });
  });
});
