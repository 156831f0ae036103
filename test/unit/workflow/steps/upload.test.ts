import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Case } from '../../../../src/domain/case.js';
import { CaseError, operator, permanent, transient } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Receipt } from '../../../../src/domain/receipt.js';
import { afterSuccess } from '../../../../src/domain/target-state.js';
import type { UploadStep } from '../../../../src/workflow/steps/upload.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { aComparison, aDelivery } from '../../../builders/a-delivery.js';
import { aReceipt } from '../../../builders/a-receipt.js';
import { someDelivery } from '../../../builders/some-delivery.js';
import { someSettings } from '../../../builders/some-settings.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../../fakes/fake-case-store.js';
import { FakeCaseUploadStore } from '../../../fakes/fake-case-upload-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDeliveryStore } from '../../../fakes/fake-delivery-store.js';
import { FakeDoseMaker } from '../../../fakes/fake-dose-maker.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeReceiptStore } from '../../../fakes/fake-receipt-store.js';
import { FakeTargetStore } from '../../../fakes/fake-target-store.js';
import { FakeUploadTarget } from '../../../fakes/fake-upload-target.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

describe('the step upload', () => {
  const temp = tempFolder();
  const kase = aCase({ id: 'c1', state: 'assembled' });
  let folders: Folders;
  const ENGINE = {
    path: '/dose.mha',
    grid: { originMm: [0, 0, 0], spacingMm: [1, 1, 1], size: [1, 1, 1] },
    maxGy: 1,
    remarks: [],
  } as const;
  let beams: FakeBeamStore;
  let cases: FakeCaseStore;
  let deliveries: FakeDeliveryStore;
  let doses: FakeDoseMaker;
  let receipts: FakeReceiptStore;
  let log: FakeLogger;
  let clock: FakeClock;
  let uploads: FakeCaseUploadStore;
  let targetStates: FakeTargetStore;
  const settings = someSettings({ processing: { maxRetries: 2 } });
  let stop: AbortController;
  let held: boolean;
  let outbox: FakeUploadTarget;
  let archive: FakeUploadTarget;
  let uids: readonly string[];

  beforeEach(async () => {
    folders = new Folders(temp.path, join(temp.path, 'inbox'));
    beams = new FakeBeamStore();
    cases = new FakeCaseStore();
    deliveries = new FakeDeliveryStore();
    doses = new FakeDoseMaker(folders);
    receipts = new FakeReceiptStore();
    uploads = new FakeCaseUploadStore(receipts.tables);
    targetStates = new FakeTargetStore(receipts.tables);
    receipts.tables.cases.set(kase.id, kase);
    clock = new FakeClock();
    log = new FakeLogger();
    stop = new AbortController();
    held = false;
    outbox = new FakeUploadTarget('outbox');
    archive = new FakeUploadTarget('archive');
    const made = [];
    for (const beamNumber of [1, 2]) {
      const dose = await doses.beamDose(kase, '/plan', beamNumber, ENGINE);
      made.push(dose);
      const beam = aBeam({ beamNumber, state: 'converted', resultSha256: dose.sha256 });
      beams.tables.beams.set(beam.id, beam);
    }
    made.push(await doses.planDose(kase, '/plan', made));
    uids = made.map((dose) => dose.sopInstanceUid);
  });
  const run = (of = kase): ReturnType<UploadStep['run']> => {
    const ports = { cases, beams, doses, receipts, uploads, targetStates, deliveries, folders, clock, log };
    const { step } = someDelivery({ ...ports, targets: [outbox, archive], settings });
    return step.run(of, { signal: stop.signal, log, held: () => held });
  };
  /** Long enough for any probe and any retry to be due. */
  const later = (): void => {
    clock.setNow(clock.now() + 3_600_000);
  };
  const failure = async (): Promise<string> => {
    try {
      await run();
    } catch (error) {
      if (error instanceof CaseError) return `${error.severity} ${error.code}`;
      throw error;
    }
    return 'no failure';
  };
  const statuses = async (target: string): Promise<readonly string[]> =>
    (await receipts.ofCase('c1')).filter((receipt) => receipt.target === target).map((receipt) => receipt.status);

  it('delivers every object to every target, with a receipt of each, and finishes each target', async () => {
    expect(await run()).to.deep.equal({ do: 'advance' });
    for (const target of [outbox, archive]) {
      expect(target.asked).to.deep.equal(uids);
      expect(target.finished.get('c1')!.map((receipt) => receipt.sopInstanceUid)).to.deep.equal(uids);
      expect(await statuses(target.name)).to.deep.equal(['delivered', 'delivered', 'delivered']);
    }
  });

  const reportOf = async (of: Case, csv: string): Promise<void> => {
    await deliveries.replace(of.id, [aDelivery({ comparison: aComparison() })]);
    mkdirSync(folders.work(of), { recursive: true });
    writeFileSync(folders.deliveryReport(of), csv);
  };

  it('puts the delivery report beside the objects, where there is one', async () => {
    await run();
    expect(outbox.reports.size).to.equal(0);
    await reportOf(kase, 'csv');
    await uploads.again('c1', ['outbox', 'archive'], clock.now());
    await run();
    expect([outbox.reports.get('c1'), archive.reports.get('c1')]).to.deep.equal(['csv', 'csv']);
  });

  it('sends only the report, to where the doses of the earlier run lie, when that run’s doses stand', async () => {
    cases.tables.cases.set('c1', { ...kase, state: 'completed' });
    const later = aCase({ id: 'c2', run: 2, state: 'assembled', resultsOf: 'c1' });
    await reportOf(later, 'both fractions');
    expect(await run(later)).to.deep.equal({ do: 'advance' });
    expect([...outbox.reports]).to.deep.equal([['c1', 'both fractions']]);
    expect([outbox.asked, [...outbox.finished], await receipts.ofCase('c2')]).to.deep.equal([[], [], []]);
  });

  it('tries again when a target does not take the report now', async () => {
    cases.tables.cases.set('c1', { ...kase, state: 'completed' });
    const later = aCase({ id: 'c2', run: 2, state: 'assembled', resultsOf: 'c1' });
    await reportOf(later, 'both fractions');
    outbox.failure = transient('upload.unavailable', 'away');
    expect(await rejection(run(later))).to.include({ code: 'upload.unavailable' });
    expect(archive.reports.get('c1')).to.equal('both fractions');
  });

  it('has a pending receipt before an object is sent, so that a crash leaves a trace', async () => {
    let before: Receipt | undefined;
    const deliver = outbox.deliver.bind(outbox);
    outbox.deliver = async (...args) => {
      before ??= (await receipts.ofCase('c1')).find((receipt) => receipt.target === 'outbox');
      return deliver(...args);
    };
    await run();
    expect(before).to.include({ status: 'pending', sopInstanceUid: uids[0], location: null, verifiedBy: null });
  });

  it('does not stop the other targets when one is down, and says what it waits for', async () => {
    outbox.failure = transient('upload.unavailable', 'upload target outbox cannot be reached');
    expect(await run()).to.include({ do: 'wait', waitingFor: 'target outbox (cannot be reached)' });
    expect(await statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
    expect(archive.finished.has('c1')).to.equal(true);
    expect(outbox.asked).to.have.length(1);
    expect(await statuses('outbox')).to.deep.equal(['failed']);
    expect(outbox.finished.has('c1')).to.equal(false);
    expect(log.lines.find(({ message }) => message === 'upload failed')?.fields).to.include({
      target: 'outbox',
      code: 'upload.unavailable',
    });
  });

  it('asks a target that is down nothing before its next probe is due', async () => {
    outbox.failure = transient('upload.unavailable', 'away');
    await run();
    await run();
    expect(outbox.asked).to.have.length(1);
    const { state, failures, nextProbeAt } = await targetStates.get('outbox');
    expect([state, failures]).to.deep.equal(['down', 1]);
    clock.setNow(nextProbeAt!);
    await run();
    expect(outbox.asked).to.have.length(2);
    expect(await targetStates.get('outbox')).to.include({ state: 'down', failures: 2 });
  });

  it('counts the tries of each object and keeps what the target said, without what names the patient', async () => {
    outbox.failure = transient('upload.refused', `no room for ${kase.folder}, DOE^JANE\u0007 at all`);
    await run();
    outbox.failure = null;
    later();
    await run();
    const rows = (await receipts.ofCase('c1')).filter(({ target }) => target === 'outbox');
    expect(rows.map(({ attempts }) => attempts)).to.deep.equal([2, 1, 1]);
    outbox.failure = transient('upload.refused', `no room for ${kase.folder}, DOE^JANE\u0007 at all`);
    await uploads.again('c1', ['outbox'], clock.now() + 1);
    await run();
    const said = (await receipts.ofCase('c1')).map(({ peerSaid }) => peerSaid).join();
    expect(said).not.to.include(kase.folder);
    expect(said).not.to.include('DOE');
  });

  it('fails the case for an object that the target refuses again and again while it takes others', async () => {
    outbox.failure = transient('upload.refused', 'cannot read it');
    expect(await failure()).to.equal('no failure');
    for (let n = 1; n <= 3; n += 1) {
      later();
      await targetStates.save(afterSuccess(await targetStates.get('outbox'), clock.now()));
      later();
      expect(await failure()).to.equal(n <= 2 ? 'no failure' : 'permanent upload.refused');
    }
    expect(await targetStates.get('outbox')).to.include({ state: 'working' });
    // Whoever has it tried again finds it open.
    outbox.failure = null;
    expect(await run()).to.deep.equal({ do: 'advance' });
  });

  it('does not hold the other targets up while one object waits to be tried again at one of them', async () => {
    outbox.failure = transient('upload.refused', 'cannot read it');
    archive.failure = transient('upload.unavailable', 'away');
    await run();
    later();
    await targetStates.save(afterSuccess(await targetStates.get('outbox'), clock.now()));
    archive.failure = null;
    const outcome = await run();
    expect(outcome).to.include({ do: 'wait' });
    expect(JSON.stringify(outcome)).to.include('to be tried again after failure 1 (cannot read it)');
    expect(await statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('is held once for what a person must mend at a target, and tries it as soon as that person says so', async () => {
    outbox.failure = operator('upload.auth', 'no right', { remedy: 'give it' });
    expect(await failure()).to.equal('operator upload.auth');
    const other = aCase({ id: 'c2', folder: 'other', state: 'assembled' });
    receipts.tables.cases.set('c2', other);
    expect(await run(other)).to.include({ do: 'wait', waitingFor: 'target outbox (no right; give it)' });
    outbox.failure = null;
    expect(await run()).to.deep.equal({ do: 'advance' });
  });

  it('completes the case though an optional target fails, and says so in the log', async () => {
    archive = new FakeUploadTarget('archive', true);
    archive.failure = permanent('upload.refused', 'never');
    expect(await run()).to.deep.equal({ do: 'advance' });
    expect(await statuses('outbox')).to.deep.equal(['delivered', 'delivered', 'delivered']);
    expect(await statuses('archive')).to.deep.equal(['failed']);
    expect(log.lines.some(({ message }) => message === 'upload failed')).to.equal(true);
  });

  it('is not completed when one that is not optional fails beside an optional one', async () => {
    archive = new FakeUploadTarget('archive', true);
    outbox.failure = transient('upload.unavailable', 'away');
    expect(await run()).to.include({ do: 'wait', waitingFor: 'target outbox (away)' });
    expect(await statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('sends only what was not delivered before when it is repeated', async () => {
    outbox.failure = transient('upload.unavailable', 'away');
    await run();
    outbox.failure = null;
    outbox.asked.length = 0;
    archive.asked.length = 0;
    later();
    expect(await run()).to.deep.equal({ do: 'advance' });
    expect(outbox.asked).to.deep.equal(uids);
    expect(archive.asked).to.deep.equal([]);
  });

  it('sends an object again whose receipt is only pending: whether it arrived is not known', async () => {
    await receipts.record(aReceipt({ sopInstanceUid: uids[0]!, sha256: 'x' }));
    await run();
    expect(outbox.asked).to.include(uids[0]);
    expect(await statuses('outbox')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('does not take the receipt of other bytes for that of this dose', async () => {
    const other = { status: 'delivered', location: 'there', verifiedBy: 'by hand', at: 1 } as const;
    await receipts.record(aReceipt({ sopInstanceUid: uids[0]!, sha256: 'x', ...other }));
    outbox.stored.set(uids[0]!, 'x');
    expect(await failure()).to.equal('permanent upload.uid-conflict');
    expect(outbox.finished.has('c1')).to.equal(false);
  });

  it('is not ended by what is final at one target while another may still come back', async () => {
    outbox.failure = permanent('upload.uid-conflict', 'another dose');
    archive.failure = transient('upload.unavailable', 'away');
    expect(await run()).to.include({ do: 'wait', waitingFor: 'target archive (away)' });
    archive.failure = null;
    later();
    expect(await failure()).to.equal('permanent upload.uid-conflict');
    expect(outbox.asked).to.have.length(1);
    expect(await statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('starts no further delivery once the case is held, and waits', async () => {
    const deliver = outbox.deliver.bind(outbox);
    outbox.deliver = (...args) => {
      held = true;
      return deliver(...args);
    };
    expect(await run()).to.include({ do: 'wait', waitingFor: 'the hold to be lifted' });
    expect(outbox.asked).to.have.length(1);
    held = false;
    outbox.deliver = deliver;
    expect(await run()).to.deep.equal({ do: 'advance' });
  });

  it('leaves the receipt pending when it is told to stop in the middle', async () => {
    outbox.deliver = () => {
      stop.abort(new Error('stopping'));
      return Promise.reject(stop.signal.reason as Error);
    };
    let thrown: unknown;
    await run().catch((error: unknown) => {
      thrown = error;
    });
    expect(thrown).to.equal(stop.signal.reason);
    expect(await statuses('outbox')).to.deep.equal(['pending']);
    expect(log.messages('warn')).to.deep.equal([]);
  });

  it('reports a dose that is gone from the work folder before anything is sent', async () => {
    doses.made.delete(folders.planDose(kase));
    expect(await failure()).to.equal('permanent dose.damaged');
    expect(outbox.asked).to.deep.equal([]);
  });

  it('names no folder and no patient in its log', async () => {
    await run();
    expect(JSON.stringify(log.lines)).not.to.include(kase.folder);
  });
});
