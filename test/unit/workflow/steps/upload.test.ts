import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Case } from '../../../../src/domain/case.js';
import { CaseError, operator, permanent, transient } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Receipt } from '../../../../src/domain/receipt.js';
import { ReportDelivery } from '../../../../src/workflow/steps/report-delivery.js';
import { UploadStep } from '../../../../src/workflow/steps/upload.js';
import { aBeam } from '../../../builders/a-beam.js';
import { aCase } from '../../../builders/a-case.js';
import { aComparison, aDelivery } from '../../../builders/a-delivery.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../../fakes/fake-case-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDeliveryStore } from '../../../fakes/fake-delivery-store.js';
import { FakeDoseMaker } from '../../../fakes/fake-dose-maker.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeReceiptStore } from '../../../fakes/fake-receipt-store.js';
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
    const targets = [outbox, archive];
    const reports = new ReportDelivery(targets, deliveries, cases, folders);
    const step = new UploadStep(targets, receipts, beams, doses, folders, new FakeClock(), reports);
    return step.run(of, { signal: stop.signal, log, held: () => held });
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

  it('does not stop the other targets when one fails, and names that failure', async () => {
    outbox.failure = transient('upload.unavailable', 'away');
    expect(await failure()).to.equal('transient upload.unavailable');
    expect(await statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
    expect(archive.finished.has('c1')).to.equal(true);
    expect(outbox.asked).to.have.length(1);
    expect(await statuses('outbox')).to.deep.equal(['failed']);
    expect(outbox.finished.has('c1')).to.equal(false);
    expect(log.lines.find((line) => line.level === 'warn')?.fields).to.include({
      target: 'outbox',
      code: 'upload.unavailable',
    });
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
    expect(await failure()).to.equal('transient upload.unavailable');
    expect(await statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('sends only what was not delivered before when it is repeated', async () => {
    outbox.failure = transient('upload.unavailable', 'away');
    await failure();
    outbox.failure = null;
    outbox.asked.length = 0;
    archive.asked.length = 0;
    expect(await run()).to.deep.equal({ do: 'advance' });
    expect(outbox.asked).to.deep.equal(uids);
    expect(archive.asked).to.deep.equal([]);
  });

  it('sends an object again whose receipt is only pending: whether it arrived is not known', async () => {
    await receipts.record({
      caseId: 'c1',
      target: 'outbox',
      sopInstanceUid: uids[0]!,
      status: 'pending',
      location: null,
      sha256: 'x',
      verifiedBy: null,
      at: 1,
    });
    await run();
    expect(outbox.asked).to.include(uids[0]);
    expect(await statuses('outbox')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('does not take the receipt of other bytes for that of this dose', async () => {
    const other = { status: 'delivered', location: 'there', verifiedBy: 'by hand', at: 1 } as const;
    await receipts.record({ caseId: 'c1', target: 'outbox', sopInstanceUid: uids[0]!, sha256: 'x', ...other });
    outbox.stored.set(uids[0]!, 'x');
    expect(await failure()).to.equal('permanent upload.uid-conflict');
    expect(outbox.finished.has('c1')).to.equal(false);
  });

  it('lets a target that may come back decide before one that is final, so that it is tried again', async () => {
    outbox.failure = permanent('upload.uid-conflict', 'another dose');
    archive.failure = transient('upload.unavailable', 'away');
    expect(await failure()).to.equal('transient upload.unavailable');
    archive.failure = operator('upload.auth', 'no right');
    expect(await failure()).to.equal('operator upload.auth');
    archive.failure = null;
    expect(await failure()).to.equal('permanent upload.uid-conflict');
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
