import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { expect } from 'chai';
import type { Case } from '../../../../src/domain/case.js';
import { permanent, transient } from '../../../../src/domain/errors.js';
import type { Receipt } from '../../../../src/domain/receipt.js';
import { aCase } from '../../../builders/a-case.js';
import { aComparison, aDelivery } from '../../../builders/a-delivery.js';
import { aReceipt } from '../../../builders/a-receipt.js';
import { someSettings } from '../../../builders/some-settings.js';
import { FakeUploadTarget } from '../../../fakes/fake-upload-target.js';
import { tempFolder } from '../../../temp-folder.js';
import { UploadBench } from './upload-bench.js';

describe('the step upload', () => {
  const temp = tempFolder();
  let bench: UploadBench;

  beforeEach(async () => {
    bench = await UploadBench.in(temp.path);
  });

  it('delivers every object to every target, with a receipt of each, and finishes each target', async () => {
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    for (const target of [bench.outbox, bench.archive]) {
      expect(target.asked).to.deep.equal(bench.uids);
      expect(target.finished.get('c1')!.map((receipt) => receipt.sopInstanceUid)).to.deep.equal(bench.uids);
      expect(await bench.statuses(target.name)).to.deep.equal(['delivered', 'delivered', 'delivered']);
    }
  });

  const laterRun = (change: Partial<Case>): Case => aCase({ folder: bench.kase.folder, ...change });
  const reportOf = async (of: Case, csv: string): Promise<void> => {
    if (!bench.cases.tables.cases.has(of.id)) bench.cases.tables.cases.set(of.id, of);
    await bench.deliveries.replace(of.id, [aDelivery({ comparison: aComparison() })]);
    mkdirSync(bench.folders.work(of), { recursive: true });
    writeFileSync(bench.folders.deliveryReport(of), csv);
  };

  it('puts the delivery report beside the objects, where there is one', async () => {
    await bench.run();
    expect(bench.outbox.reports.size).to.equal(0);
    await reportOf(bench.kase, 'csv');
    await bench.uploads.again('c1', ['outbox', 'archive'], bench.clock.now());
    await bench.run();
    expect([bench.outbox.reports.get('c1'), bench.archive.reports.get('c1')]).to.deep.equal(['csv', 'csv']);
  });

  it('sends each target only what it is configured for', async () => {
    const outbox = { name: 'outbox', kind: 'folder', path: 'o', objects: ['beams', 'report'] };
    const archive = { name: 'archive', kind: 'folder', path: 'a', objects: ['plan'] };
    bench.settings = someSettings({ uploads: [outbox, archive] });
    await reportOf(bench.kase, 'csv');
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(bench.outbox.asked).to.deep.equal(bench.uids.slice(0, 2));
    expect(bench.archive.asked).to.deep.equal(bench.uids.slice(2));
    expect([bench.outbox.reports.size, bench.archive.reports.size]).to.deep.equal([1, 0]);
  });

  it('sends only the report, to where the doses of the earlier run lie, when that run’s doses stand', async () => {
    bench.cases.tables.cases.set('c1', { ...bench.kase, state: 'completed' });
    const later = laterRun({ id: 'c2', run: 2, state: 'assembled', resultsOf: 'c1' });
    await reportOf(later, 'both fractions');
    expect(await bench.run(later)).to.deep.equal({ do: 'advance' });
    expect([...bench.outbox.reports]).to.deep.equal([['c1', 'both fractions']]);
    expect([bench.outbox.asked, [...bench.outbox.finished], await bench.receipts.ofCase('c2')]).to.deep.equal([
      [],
      [],
      [],
    ]);
  });

  it('leaves the newest report beside the doses, whichever run is delivered last', async () => {
    bench.cases.tables.cases.set('c1', { ...bench.kase, state: 'completed' });
    await reportOf(bench.kase, 'first fraction');
    const second = laterRun({ id: 'c2', run: 2, state: 'completed', resultsOf: 'c1' });
    const third = laterRun({ id: 'c3', run: 3, state: 'failed', endedFrom: 'assembled', resultsOf: 'c1' });
    const underWay = laterRun({ id: 'c4', run: 4, state: 'interpreted', resultsOf: 'c1' });
    const anew = laterRun({ id: 'c5', run: 5, state: 'completed' });
    await reportOf(second, 'both fractions');
    await reportOf(third, 'three fractions');
    await reportOf(underWay, 'four fractions');
    await reportOf(anew, 'calculated anew');
    await bench.run(third);
    await bench.run(bench.kase);
    expect([...bench.outbox.reports]).to.deep.equal([['c1', 'three fractions']]);
    await bench.run(second);
    expect([...bench.outbox.reports]).to.deep.equal([['c1', 'three fractions']]);
  });

  it('sends the report once more where that of a newer run came while it was written', async () => {
    await reportOf(bench.kase, 'first fraction');
    const write = bench.outbox.report.bind(bench.outbox);
    let isFirst = true;
    bench.outbox.report = async (kase, csv) => {
      if (isFirst) {
        isFirst = false;
        await reportOf(laterRun({ id: 'c2', run: 2, state: 'assembled', resultsOf: 'c1' }), 'both fractions');
        await write(kase, 'both fractions');
      }
      await write(kase, csv);
    };
    await bench.run();
    expect(bench.outbox.reports.get('c1')).to.equal('both fractions');
  });

  it('leaves a report there that the disk here has no longer, rather than writing an older one over it', async () => {
    await reportOf(bench.kase, 'first fraction');
    const second = laterRun({ id: 'c2', run: 2, state: 'completed', resultsOf: 'c1' });
    await reportOf(second, 'both fractions');
    rmSync(bench.folders.deliveryReport(second));
    await bench.run();
    expect([...bench.outbox.reports]).to.deep.equal([]);
  });

  it('waits with the report for a target that is down, as with any object, and costs the case nothing', async () => {
    bench.cases.tables.cases.set('c1', { ...bench.kase, state: 'completed' });
    const later = laterRun({ id: 'c2', run: 2, state: 'assembled', resultsOf: 'c1' });
    await reportOf(later, 'both fractions');
    bench.outbox.failure = transient('upload.unavailable', 'away');
    for (let look = 0; look < 5; look += 1) {
      expect(await bench.run(later)).to.include({ do: 'wait', waitingFor: 'target outbox (away)' });
    }
    expect(bench.archive.reports.get('c1')).to.equal('both fractions');
    bench.outbox.failure = null;
    await bench.clock.advance(60_000);
    expect(await bench.run(later)).to.deep.equal({ do: 'advance' });
    expect(bench.outbox.reports.get('c1')).to.equal('both fractions');
  });

  it('sends no report of a run that compared nothing, and asks no target', async () => {
    bench.cases.tables.cases.set('c1', { ...bench.kase, state: 'completed' });
    const later = laterRun({ id: 'c2', run: 2, state: 'assembled', resultsOf: 'c1' });
    expect(await bench.run(later)).to.deep.equal({ do: 'advance' });
    expect(await bench.uploads.ofCase('c2')).to.deep.equal([]);
  });

  it('has a pending receipt before an object is sent, so that a crash leaves a trace', async () => {
    let before: Receipt | undefined;
    const deliver = bench.outbox.deliver.bind(bench.outbox);
    bench.outbox.deliver = async (...args) => {
      before ??= (await bench.receipts.ofCase('c1')).find((receipt) => receipt.target === 'outbox');
      return deliver(...args);
    };
    await bench.run();
    expect(before).to.include({ status: 'pending', sopInstanceUid: bench.uids[0], location: null, verifiedBy: null });
  });

  it('completes the case though an optional target fails, and says so in the log', async () => {
    bench.archive = new FakeUploadTarget('archive', true);
    bench.archive.failure = permanent('upload.refused', 'never');
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(await bench.statuses('outbox')).to.deep.equal(['delivered', 'delivered', 'delivered']);
    expect(await bench.statuses('archive')).to.deep.equal(['failed']);
    expect(bench.log.lines.some(({ message }) => message === 'upload failed')).to.equal(true);
  });

  it('is not completed when one that is not optional fails beside an optional one', async () => {
    bench.archive = new FakeUploadTarget('archive', true);
    bench.outbox.failure = transient('upload.unavailable', 'away');
    expect(await bench.run()).to.include({ do: 'wait', waitingFor: 'target outbox (away)' });
    expect(await bench.statuses('archive')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('sends only what was not delivered before when it is repeated', async () => {
    bench.outbox.failure = transient('upload.unavailable', 'away');
    await bench.run();
    bench.outbox.failure = null;
    bench.outbox.asked.length = 0;
    bench.archive.asked.length = 0;
    bench.later();
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
    expect(bench.outbox.asked).to.deep.equal(bench.uids);
    expect(bench.archive.asked).to.deep.equal([]);
  });

  it('sends an object again whose receipt is only pending: whether it arrived is not known', async () => {
    await bench.receipts.record(aReceipt({ sopInstanceUid: bench.uids[0]!, sha256: 'x' }));
    await bench.run();
    expect(bench.outbox.asked).to.include(bench.uids[0]);
    expect(await bench.statuses('outbox')).to.deep.equal(['delivered', 'delivered', 'delivered']);
  });

  it('does not take the receipt of other bytes for that of this dose', async () => {
    const other = { status: 'delivered', location: 'there', verifiedBy: 'by hand', at: 1 } as const;
    await bench.receipts.record(aReceipt({ sopInstanceUid: bench.uids[0]!, sha256: 'x', ...other }));
    bench.outbox.stored.set(bench.uids[0]!, 'x');
    expect(await bench.failure()).to.equal('permanent upload.uid-conflict');
    expect(bench.outbox.finished.has('c1')).to.equal(false);
  });

  it('starts no further delivery once the case is held, and waits', async () => {
    const deliver = bench.outbox.deliver.bind(bench.outbox);
    bench.outbox.deliver = (...args) => {
      bench.held = true;
      return deliver(...args);
    };
    expect(await bench.run()).to.include({ do: 'wait', waitingFor: 'the hold to be lifted' });
    expect(bench.outbox.asked).to.have.length(1);
    bench.held = false;
    bench.outbox.deliver = deliver;
    expect(await bench.run()).to.deep.equal({ do: 'advance' });
  });

  it('leaves the receipt pending when it is told to stop in the middle', async () => {
    bench.outbox.deliver = () => {
      bench.stop.abort(new Error('stopping'));
      return Promise.reject(bench.stop.signal.reason as Error);
    };
    let thrown: unknown;
    await bench.run().catch((error: unknown) => {
      thrown = error;
    });
    expect(thrown).to.equal(bench.stop.signal.reason);
    expect(await bench.statuses('outbox')).to.deep.equal(['pending']);
    expect(bench.log.messages('warn')).to.deep.equal([]);
  });

  it('reports a dose that is gone from the work folder before anything is sent', async () => {
    bench.doses.made.delete(bench.folders.planDose(bench.kase));
    expect(await bench.failure()).to.equal('permanent dose.damaged');
    expect(bench.outbox.asked).to.deep.equal([]);
  });

  it('names no folder and no patient in its log', async () => {
    await bench.run();
    expect(JSON.stringify(bench.log.lines)).not.to.include(bench.kase.folder);
  });
});
