import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { Case } from '../../../../src/domain/case.js';
import { transient } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import { DeliverAgain } from '../../../../src/workflow/delivery/deliver-again.js';
import { someDelivery } from '../../../builders/some-delivery.js';
import { someSettings } from '../../../builders/some-settings.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeCaseControl } from '../../../fakes/fake-case-control.js';
import { FakeCaseStore } from '../../../fakes/fake-case-store.js';
import { FakeCaseUploadStore } from '../../../fakes/fake-case-upload-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDeliveryStore } from '../../../fakes/fake-delivery-store.js';
import { FakeDoseMaker } from '../../../fakes/fake-dose-maker.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeNudge } from '../../../fakes/fake-nudge.js';
import { FakeReceiptStore } from '../../../fakes/fake-receipt-store.js';
import { FakeTables } from '../../../fakes/fake-tables.js';
import { FakeTargetStore } from '../../../fakes/fake-target-store.js';
import { FakeUploadTarget } from '../../../fakes/fake-upload-target.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

const ENGINE = {
  path: '/dose.mha',
  grid: { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [1, 1, 1] },
  maxGy: 1,
  remarks: [],
} as const;

describe('delivering again', () => {
  const temp = tempFolder();
  let tables: FakeTables;
  let clock: FakeClock;
  let pacs: FakeUploadTarget;
  let outbox: FakeUploadTarget;
  let control: FakeCaseControl;
  let again: DeliverAgain;
  let serve: () => Promise<void>;
  let run: (kase: Case) => Promise<unknown>;

  beforeEach(async () => {
    tables = new FakeTables();
    clock = new FakeClock();
    pacs = new FakeUploadTarget('pacs');
    outbox = new FakeUploadTarget('outbox');
    control = new FakeCaseControl(tables);
    const folders = new Folders(temp.path, join(temp.path, 'inbox'));
    const cases = new FakeCaseStore(tables);
    const uploads = new FakeCaseUploadStore(tables);
    const doses = new FakeDoseMaker(folders);
    const log = new FakeLogger();
    const targets = [pacs, outbox];
    const kase = aCase({ id: 'c1', state: 'assembled' });
    const beam = await doses.beamDose(kase, '/plan', 1, ENGINE);
    await doses.planDose(kase, '/plan', [beam]);
    tables.cases.set('c1', kase);
    tables.beams.set('c1/1', aBeam({ caseId: 'c1', state: 'converted', resultSha256: beam.sha256 }));
    mkdirSync(dirname(folders.planDose(kase)), { recursive: true });
    writeFileSync(folders.planDose(kase), 'dose');
    const stores = { cases, beams: new FakeBeamStore(tables), doses, receipts: new FakeReceiptStore(tables), uploads };
    const more = { targetStates: new FakeTargetStore(tables), deliveries: new FakeDeliveryStore(tables) };
    const { gates, step, watchOf } = someDelivery({
      ...stores,
      ...more,
      targets,
      folders,
      clock,
      log,
      settings: someSettings(),
    });
    again = new DeliverAgain(targets, cases, uploads, control, folders, clock, new FakeNudge(), log, gates);
    const watch = watchOf(new FakeNudge());
    serve = async () => {
      await watch.round(new AbortController().signal);
      await clock.advance(1);
    };
    run = (one) => step.run(one, { signal: new AbortController().signal, log, held: () => false });
    await run(kase);
  });
  const become = (change: Partial<Case>): void => {
    tables.cases.set('c1', { ...tables.cases.get('c1')!, ...change });
  };

  it('sends and proves again what a completed case has delivered, and says in its history who asked', async () => {
    become({ state: 'completed' });
    clock.setNow(clock.now() + 60_000);
    await again.deliver('c1', null, 'cli:x');
    await serve();
    expect(pacs.asked).to.have.length(4);
    expect(outbox.asked).to.have.length(4);
    expect(pacs.stored.size).to.equal(2);
    const receipts = [...tables.receipts.values()];
    expect(receipts.every(({ status, attempts }) => status === 'delivered' && attempts === 2)).to.equal(true);
    expect(receipts.every(({ verifiedBy }) => verifiedBy === 'already kept')).to.equal(true);
    expect(tables.transitions.at(-1)).to.include({
      event: 'deliver',
      actor: 'cli:x',
      from: 'completed',
      to: 'completed',
    });
    await serve();
    expect(pacs.asked).to.have.length(4);
  });

  it('puts back at one target what was lost there, and leaves the others alone', async () => {
    become({ state: 'completed' });
    clock.setNow(clock.now() + 60_000);
    pacs.stored.clear();
    await again.deliver('c1', 'pacs', 'cli:x');
    await serve();
    expect(pacs.stored.size).to.equal(2);
    expect(outbox.asked).to.have.length(2);
  });

  it('keeps the proof of the first time when the target now holds another object under the UID', async () => {
    become({ state: 'completed' });
    clock.setNow(clock.now() + 60_000);
    for (const uid of pacs.stored.keys()) pacs.stored.set(uid, 'another');
    await again.deliver('c1', 'pacs', 'cli:x');
    await serve();
    expect([...tables.receipts.values()].every(({ status }) => status === 'delivered')).to.equal(true);
    const [upload] = [...tables.uploads.values()].filter(({ target }) => target === 'pacs');
    expect([upload!.state, upload!.error?.code]).to.deep.equal(['failed', 'upload.uid-conflict']);
  });

  const AWAY = transient('upload.unavailable', 'upload target pacs cannot be reached');
  const state = () => tables.targets.get('pacs');
  /** Long before the next probe. */
  const aWhile = (): void => {
    clock.setNow(clock.now() + 1_000);
  };
  const goDown = async (): Promise<void> => {
    become({ state: 'completed' });
    pacs.failure = AWAY;
    aWhile();
    await again.deliver('c1', 'pacs', 'cli:x');
    await serve();
    expect([state()?.state, pacs.asked.length]).to.deep.equal(['down', 3]);
  };

  it('tries a target that is down at once when asked, by one attempt, and then waits for the next probe', async () => {
    await goDown();
    aWhile();
    await serve();
    expect(pacs.asked).to.have.length(3);
    await again.deliver('c1', 'pacs', 'cli:x');
    await serve();
    await serve();
    expect(pacs.asked).to.have.length(4);
    expect(state()?.failures).to.equal(2);
    pacs.failure = null;
    aWhile();
    await again.deliver('c1', 'pacs', 'cli:x');
    await serve();
    await serve();
    expect([state()?.state, pacs.asked.length]).to.deep.equal(['working', 6]);
  });

  it('tries it once for a case that is not completed yet, too', async () => {
    await goDown();
    become({ state: 'assembled' });
    const failed = await run(tables.cases.get('c1')!);
    expect(failed).to.include({ do: 'wait', waitingFor: 'target pacs (cannot be reached)' });
    expect(pacs.asked).to.have.length(3);
    aWhile();
    await again.deliver('c1', 'pacs', 'cli:x');
    await run(tables.cases.get('c1')!);
    expect(pacs.asked).to.have.length(4);
    await run(tables.cases.get('c1')!);
    expect(pacs.asked).to.have.length(4);
  });

  it('has a case that failed while it was delivered tried again, and makes one that waits due', async () => {
    become({ state: 'failed', endedFrom: 'assembled' });
    await again.deliver('c1', null, 'cli:x');
    expect(control.asked).to.deep.equal([['retry', 'c1', { reason: 'to deliver again' }, 'cli:x']]);
    become({ state: 'assembled', endedFrom: null, waitingFor: 'target pacs', notBefore: clock.now() + 500_000 });
    await again.deliver('c1', null, 'cli:x');
    expect(tables.cases.get('c1')!.notBefore).to.equal(clock.now());
  });

  it('refuses what has no results, what has them no longer, and targets that there are not', async () => {
    for (const state of ['registered', 'interpreted', 'rejected', 'cancelled'] as const) {
      become({ state });
      expect(await rejection(again.deliver('c1', null, 'cli:x'))).to.include({ code: 'case.refused' });
    }
    become({ state: 'completed', run: 2 });
    expect(await rejection(again.deliver('c1', null, 'cli:x'))).to.include({ code: 'case.refused' });
    expect(await rejection(again.deliver('c1', 'pax', 'cli:x'))).to.include({ code: 'usage.no-such-target' });
    expect(await rejection(again.deliver('none', null, 'cli:x'))).to.include({ code: 'case.not-found' });
  });
});
