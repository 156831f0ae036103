import { expect } from 'chai';
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Beam } from '../../../src/domain/beam.js';
import type { Case } from '../../../src/domain/case.js';
import { Folders } from '../../../src/domain/folders.js';
import { Reconciler } from '../../../src/workflow/reconciler.js';
import { CloseAbandonedAttempts } from '../../../src/workflow/repairs/close-abandoned-attempts.js';
import type { EndCancelledBeams } from '../../../src/workflow/repairs/end-cancelled-beams.js';
import { EndLostJobs } from '../../../src/workflow/repairs/end-lost-jobs.js';
import { RemakeLostDoses } from '../../../src/workflow/repairs/remake-lost-doses.js';
import { RemovePartFiles } from '../../../src/workflow/repairs/remove-part-files.js';
import type { WorkflowManager } from '../../../src/workflow/workflow-manager.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { anAttempt } from '../../builders/an-attempt.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeDoseMaker } from '../../fakes/fake-dose-maker.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeLooseEnds } from '../../fakes/fake-loose-ends.js';
import { FakeNudge } from '../../fakes/fake-nudge.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { tempFolder } from '../../temp-folder.js';
import { until } from '../../until.js';

describe('the reconciler', () => {
  const temp = tempFolder();
  const going = new AbortController().signal;
  let tables: FakeTables;
  let scheduler: FakeScheduler;
  let clock: FakeClock;
  let log: FakeLogger;
  let folders: Folders;
  let doses: FakeDoseMaker;
  let ends: FakeLooseEnds;
  let cases: FakeCaseStore;
  let atWork: Set<string>;
  let reconciler: Reconciler;

  beforeEach(() => {
    tables = new FakeTables();
    scheduler = new FakeScheduler();
    clock = new FakeClock();
    log = new FakeLogger();
    folders = new Folders(temp.path, join(temp.path, 'inbox'));
    doses = new FakeDoseMaker(folders);
    ends = new FakeLooseEnds(tables);
    cases = new FakeCaseStore(tables);
    atWork = new Set();
    const manager = { runs: (id: string) => atWork.has(id) } as unknown as WorkflowManager;
    reconciler = new Reconciler(
      clock,
      log,
      { repair: () => Promise.resolve(0) } as unknown as EndCancelledBeams, // test/unit/workflow/interrupted.test.ts
      new EndLostJobs(ends, scheduler, folders, clock, log),
      new CloseAbandonedAttempts(ends, clock, log),
      new RemakeLostDoses(ends, cases, new FakeBeamStore(tables), doses, folders, clock, new FakeNudge(), log),
      new RemovePartFiles(folders, clock, log, manager),
    );
  });

  const put = (kase: Case, ...beams: Beam[]): void => {
    tables.cases.set(kase.id, kase);
    for (const beam of beams) tables.beams.set(beam.id, beam);
  };

  /** Repairs, and checks that a second look finds nothing left to do. */
  async function repaired(): Promise<number> {
    const count = await reconciler.pass(going);
    expect(await reconciler.pass(going), 'a second pass does nothing').to.equal(0);
    return count;
  }

  describe('jobs nobody waits for', () => {
    const folder = (): string => folders.attempt({ id: 'c1', run: 1 }, 1, 1);

    /** An attempt that was ended, a minute ago, while its job runs. */
    function ended(outcome: 'cancelled' | 'failed' | 'retried' | 'lost' | 'done', agoMs = 60_000): void {
      put(aCase({ id: 'c1', state: 'cancelled' }), aBeam({ caseId: 'c1', state: 'cancelled', attempt: 1 }));
      const finishedAt = clock.now() - agoMs;
      tables.attempts.push(anAttempt({ step: 'simulate', beamNumber: 1, outcome, finishedAt }));
      scheduler.startedEarlier(folder());
    }

    for (const outcome of ['cancelled', 'failed', 'retried', 'lost'] as const) {
      it(`are ended when their attempt was ${outcome}`, async () => {
        ended(outcome);
        expect(await repaired()).to.equal(1);
        expect(scheduler.killed).to.deep.equal([folder()]);
        expect(log.messages('warn')).to.deep.equal(['job ended that nobody waited for']);
      });
    }

    it('are left to whoever ended the attempt a moment ago', async () => {
      ended('cancelled', 5_000);
      expect(await repaired()).to.equal(0);
      await clock.advance(30_000);
      expect(await repaired()).to.equal(1);
    });

    it('are not those of attempts that are under way or done', async () => {
      ended('done');
      tables.attempts.push(anAttempt({ id: 2, step: 'simulate', beamNumber: 1, attempt: 2, owner: 'me' }));
      tables.beams.set('c1/1', aBeam({ caseId: 'c1', state: 'submitted', attempt: 2 }));
      scheduler.startedEarlier(folders.attempt({ id: 'c1', run: 1 }, 1, 2));
      expect(await repaired()).to.equal(0);
      expect(scheduler.killed).to.deep.equal([]);
    });
  });

  it('closes attempts of cases that have moved on, and no others', async () => {
    put(aCase({ id: 'c1', leaseOwner: null }));
    put(aCase({ id: 'c2', leaseOwner: 'service-1', leasedUntil: clock.now() + 1 }));
    tables.attempts.push(anAttempt({ id: 1, caseId: 'c1' }), anAttempt({ id: 2, caseId: 'c2' }));
    expect(await repaired()).to.equal(1);
    expect(tables.attempts.map(({ outcome }) => outcome)).to.deep.equal(['lost', null]);
  });

  describe('a converted beam', () => {
    const path = (): string => folders.beamDose({ id: 'c1', run: 1 }, 1);

    /** A case whose only beam has its dose, on the disk as recorded. */
    function converted(change: Partial<Case> = {}, beam: Partial<Beam> = {}): void {
      const file = { resultPath: 'work/c1/1/dose/RD.001.dcm', resultSha256: 'sha-1' };
      put(
        aCase({ id: 'c1', state: 'simulated', ...change }),
        aBeam({ caseId: 'c1', state: 'converted', attempt: 1, ...file, ...beam }),
      );
      mkdirSync(dirname(path()), { recursive: true });
      writeFileSync(path(), 'dose');
      doses.made.set(path(), { path: path(), sopInstanceUid: '2.25.1', sha256: 'sha-1', bytes: 4, beamNumber: 1 });
    }
    const state = (): readonly unknown[] => [tables.cases.get('c1')?.state, tables.beams.get('c1/1')?.state];

    it('is left alone when its dose is there', async () => {
      converted();
      expect(await repaired()).to.equal(0);
    });

    it('is calculated again when its dose is gone', async () => {
      converted();
      rmSync(path());
      expect(await repaired()).to.equal(1);
      expect(state()).to.deep.equal(['interpreted', 'pending']);
      expect(tables.beams.get('c1/1')).to.include({ resultPath: null, resultSha256: null });
      const [move] = await cases.transitionsOf('c1');
      expect(move).to.include({ event: 'retry', from: 'simulated', to: 'interpreted', actor: 'service' });
      const due = await cases.claimDue({ owner: 'me', now: clock.now(), leaseMs: 1, steps: ['simulate'], limit: 1 });
      expect(due, 'nobody takes it between the two writes').to.deep.equal([]);
    });

    it('is calculated again when its dose is another than the one that was recorded', async () => {
      converted();
      await repaired();
      doses.made.set(path(), { path: path(), sopInstanceUid: '2.25.1', sha256: 'other', bytes: 5, beamNumber: 1 });
      writeFileSync(path(), 'other');
      expect(await repaired()).to.equal(1);
      expect(state()).to.deep.equal(['interpreted', 'pending']);
    });

    it('is calculated again when a step failed over its damaged dose first', async () => {
      const error = { code: 'dose.damaged', severity: 'permanent', message: 'damaged', remedy: 'retry' } as const;
      converted({ state: 'failed', endedFrom: 'simulated', error, finishedAt: 1 });
      rmSync(path());
      expect(await repaired()).to.equal(1);
      expect(tables.cases.get('c1')).to.include({
        state: 'interpreted',
        endedFrom: null,
        error: null,
        finishedAt: null,
      });
    });

    it('is left to a person once anything of its case was sent', async () => {
      converted({ state: 'assembled' });
      rmSync(path());
      tables.receipts.set('r', aReceipt({ caseId: 'c1', status: 'pending' }));
      expect(await repaired()).to.equal(0);
    });

    it('is left alone while a step works on its case', async () => {
      converted({ leaseOwner: 'me', leasedUntil: clock.now() + 1 });
      rmSync(path());
      expect(await repaired()).to.equal(0);
    });

    it('is left alone when its case is claimed at that moment', async () => {
      converted();
      rmSync(path());
      const read = ends.undelivered.bind(ends);
      ends.undelivered = async (limit) => {
        const found = await read(limit);
        await cases.claimDue({ owner: 'me', now: clock.now(), leaseMs: 1_000, steps: ['assemble'], limit: 1 });
        return found;
      };
      expect(await repaired()).to.equal(0);
      expect(state()).to.deep.equal(['simulated', 'converted']);
    });

    it('is not calculated for ever on a disk that loses file after file', async () => {
      converted({}, { attempt: 5 });
      rmSync(path());
      expect(await repaired()).to.equal(0);
    });
  });

  describe('half-written files', () => {
    /** @param ageMs before the service started */
    function leave(path: string, ageMs: number): string {
      const file = join(temp.path, 'work', path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, 'half');
      const at = (clock.now() - ageMs) / 1000;
      utimesSync(file, at, at);
      return file;
    }

    it('of a service before this one are removed, in every folder that services write', async () => {
      const old = ['c1/1/inventory.json.0a.part', 'c1/2/dose/RD.001.dcm.part', 'c2/1/beam-001/beam.json.0b.part'];
      const files = old.map((name) => leave(name, 1_000));
      const whole = leave('c1/1/inventory.json', 1_000);
      expect(await repaired()).to.equal(3);
      expect(files.filter((file) => existsSync(file))).to.deep.equal([]);
      expect(existsSync(whole)).to.equal(true);
    });

    it('and half-filled folders, such as a CT for an engine', async () => {
      const slice = leave('c1/1/input/engine-ct-1f.0a.part/CT.0001.dcm', 1_000);
      utimesSync(dirname(slice), (clock.now() - 1_000) / 1000, (clock.now() - 1_000) / 1000);
      const named = leave('c1/1/input/engine-ct-1f/CT.0001.dcm', 1_000);
      expect(await repaired()).to.equal(1);
      expect([existsSync(dirname(slice)), existsSync(named)]).to.deep.equal([false, true]);
    });

    it('are left alone where they may be ours, or an engine’s', async () => {
      const ours = leave('c1/1/inventory.json.0a.part', -1_000);
      const engines = leave('c1/1/beam-001/attempt-1/dose.mha.part', 1_000);
      expect(await repaired()).to.equal(0);
      expect([ours, engines].every((file) => existsSync(file))).to.equal(true);
    });

    it('wait while a step works on the case', async () => {
      const file = leave('c1/1/inventory.json.0a.part', 1_000);
      atWork.add('c1');
      expect(await repaired()).to.equal(0);
      atWork.clear();
      expect(await repaired()).to.equal(1);
      expect(existsSync(file)).to.equal(false);
    });
  });

  it('goes on with the other repairs when one fails, and looks again every ten seconds', async () => {
    put(aCase({ id: 'c1' }));
    tables.attempts.push(anAttempt({ id: 1, caseId: 'c1' }));
    let asked = 0;
    ends.endedBadly = () => {
      asked += 1;
      return Promise.reject(new Error('away'));
    };
    const stop = new AbortController();
    const running = reconciler.run(stop.signal);
    for (const looks of [1, 2, 3]) {
      await until('it has looked and sleeps', () => asked === looks && clock.sleeping === 1);
      await clock.advance(looks === 3 ? 9_000 : 10_000);
    }
    expect(asked).to.equal(3);
    expect(tables.attempts[0]?.outcome).to.equal('lost');
    expect(log.messages('warn')).to.deep.equal(Array.from({ length: 3 }, () => 'a repair failed and is tried again'));
    stop.abort(new Error('stop'));
    await running;
  });
});
