import { expect } from 'chai';
import type { Case } from '../../src/domain/case.js';
import { toFailure, transient } from '../../src/domain/errors.js';
import { aBeam, someFigures } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { rejection } from '../rejection.js';
import { onAllStores } from '../test-databases.js';
import { claimOne } from './claim-one.js';

const NOW = 1_770_000_000_000;

const advance = { event: 'advance', to: 'validated', reason: null, actor: 'service' } as const;

describe('case store', () => {
  onAllStores((stores) => {
    describe('committing', () => {
      let kase: Case;
      beforeEach(async () => {
        kase = aCase({ id: 'c1' });
        await stores().seed({ cases: [kase] });
      });

      it('moves the case, closes the attempt, and writes history and beams together', async () => {
        const claim = await claimOne(stores().cases, NOW);
        const figures = [someFigures({ beamNumber: 7 }), someFigures({ beamNumber: 0, name: 'G90' })];
        const moved = await stores().cases.commit(claim.kase, {
          change: { planLabel: 'Prostate', beamCount: 2, progress: 5, leaseOwner: null, leasedUntil: null },
          at: NOW + 10,
          transition: advance,
          attempt: { id: claim.attemptId, outcome: 'done', error: null },
          beams: figures,
        });
        expect(moved).to.include({ state: 'validated', version: 3, planLabel: 'Prostate', progress: 5 });
        expect(moved.updatedAt).to.equal(NOW + 10);
        expect(await stores().cases.get('c1')).to.deep.equal(moved);
        const [attempt] = await stores().cases.attemptsOf('c1');
        expect(attempt).to.include({ outcome: 'done', finishedAt: NOW + 10 });
        const [line] = await stores().cases.transitionsOf('c1');
        expect(line).to.include({ caseId: 'c1', from: 'registered', to: 'validated', event: 'advance', at: NOW + 10 });
        expect(await stores().beams.ofCase('c1')).to.deep.equal([
          aBeam({ ...figures[1], caseId: 'c1' }),
          aBeam({ ...figures[0], caseId: 'c1' }),
        ]);
      });

      it('keeps a failure and a waiting time without moving', async () => {
        const claim = await claimOne(stores().cases, NOW);
        const error = toFailure(transient('upload.unavailable', 'the target does not answer'));
        const kept = await stores().cases.commit(claim.kase, {
          change: { attempt: 1, notBefore: NOW + 5000, error, leaseOwner: null, leasedUntil: null },
          at: NOW,
          attempt: { id: claim.attemptId, outcome: 'retried', error },
        });
        expect(kept).to.deep.include({ state: 'registered', error, notBefore: NOW + 5000 });
        expect((await stores().cases.attemptsOf('c1'))[0]).to.deep.include({ outcome: 'retried', error });
        expect(await stores().cases.transitionsOf('c1')).to.deep.equal([]);
      });

      it('moves beams with their case, and neither when one of the beams was moved by another', async () => {
        const kase = aCase({ id: 'c9', state: 'failed', endedFrom: 'interpreted' });
        const beams = [
          aBeam({ caseId: 'c9', state: 'failed' }),
          aBeam({ caseId: 'c9', beamNumber: 2, state: 'failed' }),
        ];
        await stores().seed({ cases: [kase], beams });
        const retry = { event: 'retry', to: 'interpreted', reason: null, actor: 'cli:test' } as const;
        const reopen = { event: 'reopen', at: NOW } as const;
        const [one, two] = beams as [(typeof beams)[0], (typeof beams)[0]];
        const stale = { ...two, version: two.version + 1 };
        const change = { state: 'interpreted' } as const;
        const moves = [one, stale].map((beam) => ({ beam, move: reopen }));
        const lost = stores().cases.commit(kase, { change, transition: retry, at: NOW, moves });
        expect(await rejection(lost)).to.include({ code: 'beam.lost-race', severity: 'transient' });
        expect(await stores().cases.get('c9')).to.include({ state: 'failed', version: 1 });
        expect((await stores().beams.ofCase('c9')).map(({ state }) => state)).to.deep.equal(['failed', 'failed']);
        const both = [one, two].map((beam) => ({ beam, move: reopen }));
        await stores().cases.commit(kase, { change, transition: retry, at: NOW, moves: both });
        expect(await stores().cases.get('c9')).to.include({ state: 'interpreted', version: 2 });
        expect((await stores().beams.ofCase('c9')).map(({ state }) => state)).to.deep.equal(['pending', 'pending']);
      });

      it('keeps of many looks at a case that waits only the last one', async () => {
        let claim = await claimOne(stores().cases, NOW);
        for (const again of [true, true, false]) {
          await stores().cases.commit(claim.kase, {
            change: { waitingFor: 'a complete CT', notBefore: NOW, leaseOwner: null, leasedUntil: null },
            at: NOW,
            attempt: { id: claim.attemptId, outcome: 'waiting', error: null },
          });
          if (again) claim = await claimOne(stores().cases, NOW);
        }
        const attempts = await stores().cases.attemptsOf('c1');
        expect(attempts.map(({ id, outcome }) => [id, outcome])).to.deep.equal([[claim.attemptId, 'waiting']]);
      });

      it('lets one of two writers win and tells the other, who changes nothing', async () => {
        const both = await Promise.allSettled([
          stores().cases.commit(kase, { change: { priority: 1 }, at: NOW }),
          stores().cases.commit(kase, {
            change: { priority: 2 },
            transition: advance,
            at: NOW,
            beams: [someFigures()],
          }),
        ]);
        expect(both.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
        const lost = both.findIndex(({ status }) => status === 'rejected');
        expect(both[lost]).to.have.nested.property('reason.code', 'case.lost-race');
        const row = await stores().cases.get('c1');
        expect(row).to.include({ version: 2, priority: lost === 0 ? 2 : 1 });
        expect(await stores().cases.transitionsOf('c1')).to.have.lengthOf(lost === 0 ? 1 : 0);
        expect(await stores().beams.ofCase('c1')).to.have.lengthOf(lost === 0 ? 1 : 0);
      });

      it('never loses a case to a move that the table of states does not hold', async () => {
        const jump = { ...advance, to: 'completed' } as const;
        const jumped = stores().cases.commit(kase, { change: {}, transition: jump, at: NOW });
        expect(await rejection(jumped)).to.include({ code: 'case.illegal-transition', severity: 'bug' });
        const silent = stores().cases.commit(kase, { change: { state: 'failed' }, at: NOW });
        expect(await rejection(silent)).to.include({ code: 'case.illegal-transition' });
        expect(await stores().cases.get('c1')).to.deep.equal(kase);
      });

      it('records hold, resume and priority without leaving the state', async () => {
        const held = await stores().cases.commit(kase, {
          change: { heldBecause: 'MU to be checked' },
          transition: { event: 'hold', to: 'registered', reason: 'MU to be checked', actor: 'cli:physicist' },
          at: NOW,
        });
        expect(held).to.include({ state: 'registered', heldBecause: 'MU to be checked' });
        expect((await stores().cases.transitionsOf('c1'))[0]).to.include({ event: 'hold', actor: 'cli:physicist' });
      });

      it('lets an operator cancel a running case: its attempt ends, and the runner loses the race', async () => {
        const claim = await claimOne(stores().cases, NOW);
        const cancel = { event: 'cancel', to: 'cancelled', reason: null, actor: 'cli:physicist' } as const;
        const change = { leaseOwner: null, leasedUntil: null, endedFrom: 'registered', finishedAt: NOW } as const;
        await stores().cases.commit(claim.kase, { change, transition: cancel, at: NOW });
        expect((await stores().cases.attemptsOf('c1'))[0]).to.include({ outcome: 'cancelled', finishedAt: NOW });
        const late = stores().cases.commit(claim.kase, { change: {}, transition: advance, at: NOW });
        expect(await rejection(late)).to.include({ code: 'case.lost-race' });
      });

      it('never lets progress fall, not even that noted while the step ran', async () => {
        await stores().cases.noteProgress('c1', 40, NOW + 1);
        await stores().cases.noteProgress('c1', 30, NOW + 2);
        expect(await stores().cases.get('c1')).to.include({ progress: 40, version: 1, updatedAt: NOW + 1 });
        const moved = await stores().cases.commit(kase, { change: { progress: 5 }, transition: advance, at: NOW + 3 });
        expect(moved.progress).to.equal(40);
        expect(await stores().cases.get('c1')).to.deep.equal(moved);
      });

      it('counts attempts on when the same beams are validated again, so that no attempt folder is used twice', async () => {
        await stores().seed({ beams: [aBeam({ caseId: 'c1' })] });
        const begun = await stores().beams.beginAttempt(aBeam({ caseId: 'c1' }), 'service-1', NOW);
        await stores().cases.commit(kase, {
          change: {},
          at: NOW,
          beams: [someFigures(), someFigures({ beamNumber: 2 })],
        });
        const [again, added] = await stores().beams.ofCase('c1');
        expect(again).to.include({ state: 'pending', attempt: 1 });
        expect(added).to.include({ attempt: 0 });
        const late = stores().beams.move(begun, { event: 'submit', at: NOW });
        expect(await rejection(late)).to.include({ code: 'beam.lost-race' });
      });
    });

    it('counts active cases, held ones included', async () => {
      const cases = [aCase(), aCase({ state: 'assembled', heldBecause: 'held' }), aCase({ state: 'completed' })];
      await stores().seed({ cases });
      expect(await stores().cases.countActive()).to.equal(2);
    });

    it('knows no case of another id', async () => {
      expect(await stores().cases.get('none')).to.equal(null);
      const gone = stores().cases.commit(aCase({ id: 'none' }), { change: {}, at: NOW });
      expect(await rejection(gone)).to.include({ code: 'case.lost-race' });
    });
  });
});
