import { expect } from 'chai';
import type { Failure } from '../../src/domain/errors.js';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { aReceipt } from '../builders/a-receipt.js';
import { onAllStores } from '../test-databases.js';

const NOW = 1_770_000_000_000;

const aFailure = (code: string): Failure => ({
  code,
  severity: 'permanent',
  message: 'it is bad',
  remedy: 'look at it',
});

describe('loose ends', () => {
  onAllStores((stores) => {
    const ends = () => stores().looseEnds;

    it('are attempts of beams that ended badly in the time asked for, newest first, with the run of their case', async () => {
      const beams = [1, 2, 3].map((beamNumber) => aBeam({ caseId: 'c1', beamNumber }));
      await stores().seed({ cases: [aCase({ id: 'c1', run: 4, state: 'interpreted' })], beams });
      const ending = ['retried', 'done', 'cancelled'] as const;
      for (const [i, beam] of beams.entries()) {
        const begun = await stores().beams.beginAttempt(beam, 'me', NOW);
        await stores().beams.move(begun, { event: 'reset', at: NOW + i, outcome: ending[i] ?? 'lost' });
      }
      const found = await ends().endedBadly(NOW, NOW + 5, 10);
      expect(found.map(({ caseId, run, beamNumber, attempt }) => [caseId, run, beamNumber, attempt])).to.deep.equal([
        ['c1', 4, 3, 1],
        ['c1', 4, 1, 1],
      ]);
      expect(await ends().endedBadly(NOW + 1, NOW + 1, 10)).to.deep.equal([]);
      expect(await ends().endedBadly(NOW, NOW + 5, 1)).to.have.length(1);
    });

    it('are open attempts of cases that nobody holds, and not those that run', async () => {
      await stores().seed({ cases: [aCase({ id: 'free' }), aCase({ id: 'runs' })] });
      const steps = ['validate'] as const;
      const claims = await stores().cases.claimDue({ owner: 'me', now: NOW, leaseMs: 1_000, steps, limit: 2 });
      const free = claims.find(({ kase }) => kase.id === 'free');
      if (free === undefined) throw new Error('not claimed');
      expect(await ends().abandoned(10)).to.deep.equal([]);
      await stores().cases.commit(free.kase, { change: { leaseOwner: null, leasedUntil: null }, at: NOW + 1 });
      const [left, ...none] = await ends().abandoned(10);
      expect(none).to.deep.equal([]);
      expect(left).to.include({ caseId: 'free', outcome: null });
      if (left === undefined) return;
      expect(await ends().close(left, NOW + 2)).to.equal(true);
      expect(await ends().close(left, NOW + 3), 'only once').to.equal(false);
      const [closed] = await stores().cases.attemptsOf('free');
      expect(closed).to.include({ outcome: 'lost', finishedAt: NOW + 2 });
      expect(await ends().abandoned(10)).to.deep.equal([]);
    });

    it('are open attempts of beams that have ended, and not those whose job may run', async () => {
      const beams = [1, 2].map((beamNumber) => aBeam({ caseId: 'c1', beamNumber }));
      await stores().seed({ cases: [aCase({ id: 'c1', state: 'interpreted' })], beams });
      for (const beam of beams) {
        const begun = await stores().beams.beginAttempt(beam, 'me', NOW);
        await stores().beams.move(begun, { event: beam.beamNumber === 1 ? 'fail' : 'submit', at: NOW });
      }
      expect((await ends().abandoned(10)).map(({ beamNumber }) => beamNumber)).to.deep.equal([1]);
    });

    it('are converted beams that nobody works on and of which nothing was sent', async () => {
      const cases = [
        aCase({ id: 'young', state: 'simulated', createdAt: NOW }),
        aCase({ id: 'old', state: 'assembled', createdAt: NOW - 1 }),
        aCase({ id: 'runs', state: 'assembled', leaseOwner: 'me', leasedUntil: NOW }),
        aCase({ id: 'sent', state: 'assembled' }),
        aCase({ id: 'done', state: 'completed' }),
        aCase({ id: 'compares', state: 'simulated', resultsOf: 'done' }),
        aCase({ id: 'other', state: 'failed', error: aFailure('engine.bad-dose'), createdAt: NOW }),
        aCase({ id: 'damaged', state: 'failed', error: aFailure('dose.damaged'), createdAt: NOW + 1 }),
      ];
      const beams = cases.map(({ id }) => aBeam({ caseId: id, state: 'converted' }));
      await stores().seed({ cases, beams: [...beams, aBeam({ caseId: 'old', beamNumber: 2, state: 'failed' })] });
      await stores().receipts.record(aReceipt({ caseId: 'sent', status: 'pending' }));
      const found = await ends().undelivered(10);
      expect(found.map(({ kase, beam }) => [kase.id, beam.id])).to.deep.equal([
        ['old', 'old/1'],
        ['young', 'young/1'],
        ['damaged', 'damaged/1'],
      ]);
      expect(await ends().undelivered(1)).to.have.length(1);
    });
  });
});
