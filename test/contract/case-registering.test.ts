import { expect } from 'chai';
import { rerunReason } from '../../src/domain/case.js';
import type { NewCase } from '../../src/ports/case-store.js';
import { aCase } from '../builders/a-case.js';
import { rejection } from '../rejection.js';
import { onAllStores } from '../test-databases.js';
import { claimOne } from './claim-one.js';

const NOW = 1_770_000_000_000;

const aRequest = (change: Partial<NewCase> = {}): NewCase => ({
  id: 'c1',
  inbox: '',
  folder: 'room1/case 7 "x" 환자',
  fingerprint: 'f1',
  priority: 2,
  at: NOW,
  actor: 'service',
  ...change,
});

const advance = { event: 'advance', to: 'validated', reason: null, actor: 'service' } as const;

describe('registering in the case store', () => {
  onAllStores((stores) => {
    it('makes the first run of a new folder, with its first line of history', async () => {
      const { kase, created } = await stores().cases.register(aRequest());
      expect(created).to.equal(true);
      expect(kase).to.include({ id: 'c1', run: 1, state: 'registered', version: 1, priority: 2, createdAt: NOW });
      expect(await stores().cases.get('c1')).to.deep.equal(kase);
      expect(await stores().cases.transitionsOf('c1')).to.have.lengthOf(1);
      const [first] = await stores().cases.transitionsOf('c1');
      expect(first).to.include({ event: 'register', from: null, to: 'registered', actor: 'service', at: NOW });
    });

    it('makes no second case of the same content', async () => {
      const first = await stores().cases.register(aRequest());
      const again = await stores().cases.register(aRequest({ id: 'c2' }));
      expect(again).to.deep.equal({ kase: first.kase, created: false, changed: false, respelled: false });
    });

    it('makes a further run of changed content, newest first, and of what an operator wants rerun', async () => {
      const { kase } = await stores().cases.register(aRequest());
      await stores().cases.commit(kase, { change: { planSopInstanceUid: '1.2' }, at: NOW }); // accepted
      await stores().cases.register(aRequest({ id: 'c2', fingerprint: 'f2' }));
      await stores().cases.register(aRequest({ id: 'c3', fingerprint: 'f2', rerun: true, reason: 'MQI_RETRY' }));
      const runs = await stores().cases.runsOf(aRequest());
      expect(runs.map(({ id, run }) => [id, run])).to.deep.equal([
        ['c3', 3],
        ['c2', 2],
        ['c1', 1],
      ]);
      const firstReasons = await Promise.all(runs.map(({ id }) => stores().cases.transitionsOf(id)));
      expect(firstReasons.map(([line]) => line?.reason)).to.deep.equal([rerunReason('MQI_RETRY'), null, null]);
    });

    it('lets a run that nothing has looked at yet take up changed content', async () => {
      await stores().cases.register(aRequest());
      const { kase, changed } = await stores().cases.register(aRequest({ id: 'c2', fingerprint: 'f2', at: NOW + 1 }));
      expect(changed).to.equal(true);
      expect(kase).to.include({ id: 'c1', run: 1, fingerprint: 'f2', takenAt: NOW + 1 });
    });

    it('lets a run that waits for data take up changed content, and its step that looks at the former lose the case', async () => {
      await stores().cases.register(aRequest());
      const looked = await claimOne(stores().cases, NOW);
      await stores().cases.commit(looked.kase, {
        change: {
          waitingFor: 'CT',
          notBefore: NOW + 9,
          planSopInstanceUid: '1.2',
          leaseOwner: null,
          leasedUntil: null,
        },
        at: NOW,
        attempt: { id: looked.attemptId, outcome: 'waiting', error: null },
      });
      const due = { owner: 'service-1', now: NOW + 9, leaseMs: 30_000, steps: ['validate'], limit: 1 } as const;
      const [running] = await stores().cases.claimDue(due);
      const later = aRequest({ id: 'c2', fingerprint: 'f2', at: NOW + 20 });
      const { kase, created, changed } = await stores().cases.register(later);
      expect([created, changed]).to.deep.equal([false, true]);
      expect(kase).to.include({ id: 'c1', run: 1, fingerprint: 'f2', createdAt: NOW, takenAt: NOW + 20 });
      expect(kase).to.include({ waitingFor: null, notBefore: null, leaseOwner: null, planSopInstanceUid: null });
      expect(await stores().cases.get('c1')).to.deep.equal(kase);
      const line = { event: 'change', from: 'registered', to: 'registered', actor: 'service', at: NOW + 20 };
      expect((await stores().cases.transitionsOf('c1')).at(-1)).to.include(line);
      const stale = stores().cases.commit(running!.kase, {
        change: { state: 'validated' },
        at: NOW,
        transition: advance,
      });
      expect(await rejection(stale)).to.include({ code: 'case.lost-race' });
      expect(await stores().cases.claimDue({ ...due, now: NOW + 21 })).to.have.lengthOf(1);
      expect((await stores().cases.attemptsOf('c1')).map(({ outcome }) => outcome)).to.deep.equal([
        'waiting',
        'lost',
        null,
      ]);
      expect(await stores().cases.register(later)).to.include({ created: false, changed: false });
    });

    it('finds the cases of a plan that are under way or completed, originals first, then by age', async () => {
      const ofPlan = { planSopInstanceUid: '1.2' };
      const one = aCase({ ...ofPlan, id: 'z', createdAt: NOW });
      const two = aCase({ ...ofPlan, id: 'a', createdAt: NOW + 1, state: 'completed' });
      const copy = aCase({ ...ofPlan, createdAt: NOW - 1, duplicateOf: 'a' });
      const givenUp = (['rejected', 'failed', 'cancelled'] as const).map((state) => aCase({ ...ofPlan, state }));
      const others = [aCase(), aCase({ planSopInstanceUid: '1.2.3' })];
      await stores().seed({ cases: [two, ...others, copy, ...givenUp, one] });
      expect(await stores().cases.withPlan('1.2', 9)).to.deep.equal([one, two, copy]);
      expect(await stores().cases.withPlan('1.2', 2)).to.deep.equal([one, two]);
    });

    it('makes one case of ten simultaneous drops of the same content', async () => {
      const drops = Array.from({ length: 10 }, (_, i) => stores().cases.register(aRequest({ id: `c${String(i)}` })));
      const registered = await Promise.all(drops);
      expect(registered.filter(({ created }) => created)).to.have.lengthOf(1);
      expect(new Set(registered.map(({ kase }) => kase.id)).size).to.equal(1);
    });
  });
});
