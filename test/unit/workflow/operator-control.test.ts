import { expect } from 'chai';
import sinon from 'sinon';
import { FolderSpelling } from '../../../src/workflow/folder-spelling.js';
import { OperatorControl } from '../../../src/workflow/operator-control.js';
import { Folders } from '../../../src/domain/folders.js';
import type { Case } from '../../../src/domain/case.js';
import type { Beam } from '../../../src/domain/beam.js';
import type { Inboxes } from '../../../src/ports/inboxes.js';
import type { Scheduler } from '../../../src/ports/scheduler.js';
import type { CaseCommit } from '../../../src/ports/case-store.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aJob } from '../../builders/a-job.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeReceiptStore } from '../../fakes/fake-receipt-store.js';
import { FakeTables } from '../../fakes/fake-tables.js';

describe('what operators do to cases', () => {
  let tables: FakeTables;
  let cases: FakeCaseStore;
  let beams: FakeBeamStore;
  let receipts: FakeReceiptStore;
  let control: OperatorControl;
  const nudge = sinon.spy();
  const kill = sinon.stub<Parameters<Scheduler['kill']>, Promise<void>>().resolves();
  const find = sinon.stub<Parameters<Scheduler['find']>, ReturnType<Scheduler['find']>>().resolves(null);
  const look = sinon.stub<Parameters<Inboxes['look']>, ReturnType<Inboxes['look']>>();

  beforeEach(() => {
    sinon.reset();
    kill.resolves();
    find.resolves(null);
    look.callsFake(({ inbox, folder }) =>
      Promise.resolve({ inbox, folder, fingerprint: 'now', activity: 'now', files: 3, bytes: 100 }),
    );
    tables = new FakeTables();
    cases = new FakeCaseStore(tables);
    beams = new FakeBeamStore(tables);
    receipts = new FakeReceiptStore(tables);
    const scheduler = { kill, find } as unknown as Scheduler;
    const folders = new Folders('/root', '/root/inbox');
    control = new OperatorControl(
      cases,
      beams,
      receipts,
      scheduler,
      { look },
      folders,
      new FakeClock(),
      { nudge },
      new FakeLogger(),
      new FolderSpelling(cases, new FakeInboxes()),
    );
  });

  const given = (change: Partial<Case>, ...its: readonly Partial<Beam>[]): Case => {
    const kase = aCase(change);
    tables.cases.set(kase.id, kase);
    for (const beam of its.map((one) => aBeam({ ...one, caseId: kase.id }))) tables.beams.set(beam.id, beam);
    return kase;
  };

  const refusal = async (work: Promise<unknown>): Promise<string> => {
    try {
      await work;
    } catch (thrown) {
      return (thrown as { code: string }).code;
    }
    return 'none';
  };

  it('sends a failed case back to where it failed, with fresh counters and its finished beams kept', async () => {
    const { id } = given(
      { state: 'failed', endedFrom: 'interpreted', attempt: 4, finishedAt: 5 },
      { beamNumber: 1, state: 'converted', resultPath: 'work/1' },
      { beamNumber: 2, state: 'failed', failures: 4, attempt: 4 },
    );
    const after = await control.retry(id, {}, 'cli:test');
    expect(after).to.include({ state: 'interpreted', attempt: 0, endedFrom: null, finishedAt: null, error: null });
    expect((await beams.ofCase(id)).map(({ state, failures }) => `${state} ${String(failures)}`)).to.deep.equal([
      'converted 0',
      'pending 0',
    ]);
    expect(nudge.called).to.equal(true);
  });

  it('redoes one beam of a case that failed later, and only that one', async () => {
    const { id } = given(
      { state: 'failed', endedFrom: 'assembled' },
      { beamNumber: 1, state: 'converted' },
      { beamNumber: 2, state: 'converted' },
    );
    expect((await control.retry(id, { beamNumber: 2 }, 'cli:test')).state).to.equal('interpreted');
    expect((await beams.ofCase(id)).map(({ state }) => state)).to.deep.equal(['converted', 'pending']);
  });

  it('redoes all beams when asked to go on from simulate', async () => {
    const { id } = given({ state: 'failed', endedFrom: 'simulated' }, { beamNumber: 1, state: 'converted' });
    expect((await control.retry(id, { from: 'simulate' }, 'cli:test')).state).to.equal('interpreted');
    expect((await beams.ofCase(id)).map(({ state }) => state)).to.deep.equal(['pending']);
  });

  for (const request of [{ from: 'validate' }, { from: 'simulate' }, { beamNumber: 1 }] as const) {
    it(`makes a new run when a run that only compares is asked to calculate (${JSON.stringify(request)})`, async () => {
      const state = { state: 'failed', endedFrom: 'assembled' } as const;
      const { id } = given({ ...state, resultsOf: 'earlier' }, { beamNumber: 1, state: 'converted' });
      expect(await control.retry(id, request, 'cli:test')).to.include({ run: 2, state: 'registered' });
      expect((await beams.ofCase(id)).map(({ state: of }) => of)).to.deep.equal(['converted']);
    });
  }

  it('lets a run that only compares go on where it failed, its doses taken over as they are', async () => {
    const state = { state: 'failed', endedFrom: 'validated' } as const;
    const { id } = given({ ...state, resultsOf: 'earlier' }, { beamNumber: 1, state: 'converted' });
    expect(await control.retry(id, {}, 'cli:test')).to.include({ id, state: 'validated', resultsOf: 'earlier' });
    expect((await beams.ofCase(id)).map(({ state: of }) => of)).to.deep.equal(['converted']);
  });

  it('makes a new run of what was delivered, so that no object at a target is ever replaced', async () => {
    const completed = given({ state: 'completed' });
    const again = await control.retry(completed.id, { from: 'simulate' }, 'cli:test');
    expect(again).to.include({ folder: completed.folder, run: 2, state: 'registered' });
    expect(again.id).not.to.equal(completed.id);

    const half = given({ state: 'failed', endedFrom: 'assembled' });
    await receipts.record(aReceipt({ caseId: half.id, status: 'delivered', location: 'x', verifiedBy: 'hash' }));
    expect(await control.retry(half.id, { from: 'simulate' }, 'cli:test')).to.include({ run: 2 });
    expect(await control.retry(half.id, {}, 'cli:test')).to.include({ id: half.id, state: 'assembled' });
  });

  it('calculates nothing twice by a plain retry of a completed case; a rerun says why it was asked for', async () => {
    const completed = given({ state: 'completed' }, { beamNumber: 1, state: 'converted' });
    expect(await refusal(control.retry(completed.id, {}, 'cli:test'))).to.equal('case.refused');
    expect(await refusal(control.retry(completed.id, { reason: 'MQI_RETRY' }, 'control-file'))).to.equal(
      'case.refused',
    );
    expect(await refusal(control.retry(completed.id, { beamNumber: 99 }, 'cli:test'))).to.equal('case.refused');
    const again = await control.retry(completed.id, { from: 'validate', reason: 'run again' }, 'cli:test');
    const [first] = await cases.transitionsOf(again.id);
    expect(first).to.include({ event: 'register', reason: 'a rerun was asked for: run again', actor: 'cli:test' });
  });

  it('refuses a retry where nothing has failed, of a step not yet reached, of a beam that is not there', async () => {
    const active = given({ state: 'validated' });
    expect(await refusal(control.retry(active.id, {}, 'cli:test'))).to.equal('case.refused');
    const early = given({ state: 'failed', endedFrom: 'validated' }, { beamNumber: 1 });
    expect(await refusal(control.retry(early.id, { from: 'upload' }, 'cli:test'))).to.equal('case.refused');
    const ended = given({ state: 'failed', endedFrom: 'interpreted' }, { beamNumber: 1 });
    expect(await refusal(control.retry(ended.id, { beamNumber: 7 }, 'cli:test'))).to.equal('case.refused');
    expect(await refusal(control.retry('nobody', {}, 'cli:test'))).to.equal('case.not-found');
  });

  it('holds a case under way once, and resumes it', async () => {
    const { id } = given({ state: 'interpreted' });
    expect(await control.hold(id, 'wait for QA', 'cli:test')).to.include({ heldBecause: 'wait for QA' });
    expect(await refusal(control.hold(id, 'again', 'cli:test'))).to.equal('case.refused');
    expect(await control.resume(id, 'cli:test')).to.include({ heldBecause: null, state: 'interpreted' });
    expect(await refusal(control.resume(id, 'cli:test'))).to.equal('case.refused');
    expect(await refusal(control.hold(given({ state: 'completed' }).id, 'x', 'cli:test'))).to.equal('case.refused');
    for (const state of ['completed', 'cancelled', 'failed', 'rejected'] as const) {
      const ended = given({ state });
      expect(await refusal(control.setPriority(ended.id, 7, 'cli:test')), state).to.equal('case.refused');
      expect(await cases.transitionsOf(ended.id), 'nothing in its history').to.deep.equal([]);
    }
  });

  it('cancels a case with its beams and ends their jobs, also one whose handle was never recorded', async () => {
    const job = aJob();
    const lost = aJob({ id: '99' });
    find.resolves(lost);
    const { id } = given(
      { state: 'interpreted', leaseOwner: 'someone', leasedUntil: 1 },
      { beamNumber: 1, state: 'submitted', attempt: 1, job },
      { beamNumber: 2, state: 'pending', attempt: 1 },
      { beamNumber: 3, state: 'pending', attempt: 0 },
      { beamNumber: 4, state: 'converted', attempt: 1 },
    );
    expect(await control.cancel(id, 'cli:test')).to.include({ state: 'cancelled', leaseOwner: null });
    expect((await beams.ofCase(id)).map(({ state }) => state)).to.deep.equal([
      'cancelled',
      'cancelled',
      'cancelled',
      'converted',
    ]);
    expect(kill.args.map(([killed]) => killed)).to.have.deep.members([job, lost]);
  });

  it('tells the second of two operators who hold a case at once that it is held already', async () => {
    const kase = given({ state: 'interpreted' });
    const get = cases.get.bind(cases);
    cases.get = async (id) => {
      const seen = await get(id);
      cases.get = get;
      await control.hold(id, 'first', 'cli:first');
      return seen;
    };
    expect(await refusal(control.hold(kase.id, 'second', 'cli:second'))).to.equal('case.refused');
    expect(await cases.get(kase.id)).to.include({ heldBecause: 'first' });
  });

  describe('where the step that runs writes between look and order', () => {
    /** The next look at the case is followed, before anything else, by a write of its step. */
    const overtaken = (commit: Omit<CaseCommit, 'at'>, times = 1): void => {
      const get = cases.get.bind(cases);
      let left = times;
      cases.get = async (id) => {
        const seen = await get(id);
        left -= 1;
        if (left <= 0) cases.get = get;
        if (seen !== null) await cases.commit(seen, { ...commit, at: 1 });
        return seen;
      };
    };
    const moved = (to: 'simulated' | 'completed') =>
      ({
        change: { state: to, leaseOwner: null, leasedUntil: null },
        transition: { event: 'advance', to, reason: null, actor: 'service' },
      }) as const;
    const waiting = { change: { waitingFor: 'a GPU' } };
    const running = (change: Partial<Case> = {}): Case =>
      given({ state: 'interpreted', leaseOwner: 'w1', leasedUntil: 10, ...change });

    it('cancel and priority stand', async () => {
      const { id } = running();
      overtaken(waiting);
      expect(await control.setPriority(id, 7, 'cli:test')).to.include({ priority: 7, waitingFor: 'a GPU' });
      overtaken(waiting);
      expect(await control.cancel(id, 'cli:test')).to.include({ state: 'cancelled', priority: 7 });
    });

    it('hold stands, in the state that the step has reached meanwhile, and is in the history once', async () => {
      const { id } = running();
      overtaken(moved('simulated'));
      const after = await control.hold(id, 'wait for the physicist', 'cli:test');
      expect(after).to.include({ state: 'simulated', heldBecause: 'wait for the physicist' });
      const holds = (await cases.transitionsOf(id)).filter(({ event }) => event === 'hold');
      expect(holds).to.have.length(1);
      expect(holds[0]).to.include({ from: 'simulated', to: 'simulated', actor: 'cli:test' });
    });

    it('resume stands', async () => {
      const { id } = running({ heldBecause: 'wait' });
      overtaken(waiting);
      expect(await control.resume(id, 'cli:test')).to.include({ heldBecause: null, waitingFor: null });
    });

    it('retry of a case that waits to retry stands', async () => {
      const { id } = running({ leaseOwner: null, leasedUntil: null, attempt: 2, notBefore: 9_000_000_000_000 });
      overtaken(waiting, 2);
      expect(await control.retry(id, {}, 'cli:test')).to.include({ attempt: 0, notBefore: null, waitingFor: null });
    });

    it('hold of a case that has ended meanwhile, and resume of one resumed meanwhile, are refused in words', async () => {
      const { id } = running({ state: 'assembled' });
      overtaken(moved('completed'));
      expect(await refusal(control.hold(id, 'too late', 'cli:test'))).to.equal('case.refused');
      tables.cases.set(id, { ...tables.cases.get(id)!, state: 'interpreted', heldBecause: 'wait' });
      overtaken({ change: { heldBecause: null } });
      expect(await refusal(control.resume(id, 'cli:test'))).to.equal('case.refused');
    });

    it('whoever is overtaken again and again is told so, and nothing is changed', async () => {
      const { id } = running();
      overtaken(waiting, 5);
      expect(await refusal(control.hold(id, 'never', 'cli:test'))).to.equal('case.lost-race');
      expect(await cases.get(id)).to.include({ heldBecause: null });
    });
  });

  it('registers a folder of the inbox at once, and nothing that lies elsewhere', async () => {
    expect(await control.submit('/root/inbox/room/case 7', 'cli:test')).to.include({ folder: 'room/case 7', run: 1 });
    expect(await control.submit('room/case 7', 'cli:test')).to.include({ run: 1 });
    for (const outside of ['/root/inbox', '/root/inbox/../secret', '/etc', '..']) {
      expect(await refusal(control.submit(outside, 'cli:test')), outside).to.equal('intake.outside-inbox');
    }
  });
});
