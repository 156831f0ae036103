import { expect } from 'chai';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderTarget } from '../../../src/adapters/uploads/folder-target.js';
import type { Case } from '../../../src/domain/case.js';
import { REPORT_START } from '../../../src/domain/delivery-report.js';
import type { Receipt } from '../../../src/domain/receipt.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import { aCase } from '../../builders/a-case.js';
import { aDoseFile } from '../../builders/a-dose-file.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { tempFolder } from '../../temp-folder.js';

describe('several runs and inboxes in one folder of delivery', () => {
  const temp = tempFolder();
  const never = new AbortController().signal;
  let outbox: string;
  let target: FolderTarget;
  beforeEach(() => {
    outbox = join(temp.path, 'outbox');
    target = new FolderTarget({ name: 'outbox', path: outbox, makeMissing: true }, new FakeClock());
  });
  const dose = (kase: Case, beamNumber: number | null, content = 'dose'): MadeDose =>
    aDoseFile(join(temp.path, 'work', kase.id, `${String(beamNumber)}-${content}`), {
      beamNumber,
      sopInstanceUid: `2.25.${kase.id.slice(1)}.${String(beamNumber ?? 9)}`,
      content,
    });
  const deliverAll = async (kase: Case, beams: readonly (number | null)[] = [1, 2, null]): Promise<void> => {
    const receipts = [];
    for (const beam of beams) receipts.push(await target.deliver(kase, dose(kase, beam), never));
    await target.finish(kase, receipts);
  };
  const list = (folder: string): readonly string[] => readdirSync(folder).sort();
  const uidIn = (path: string): string => readFileSync(path, 'latin1').slice(133).split('\0')[0]!;

  it('has the receipts as a table too, where that is wanted', async () => {
    target = new FolderTarget({ name: 'outbox', path: outbox, makeMissing: true, receiptTable: true }, new FakeClock());
    await deliverAll(aCase({ folder: 'c' }), [1]);
    await deliverAll(aCase({ folder: 'c', run: 2 }), [1]);
    expect(list(join(outbox, 'c'))).to.deep.equal(['RD.001.dcm', 'receipt.csv', 'receipt.json', 'run-1']);
    expect(list(join(outbox, 'c', 'run-1'))).to.deep.equal(['RD.001.dcm', 'receipt.csv', 'receipt.json']);
    expect(readFileSync(join(outbox, 'c', 'receipt.csv'), 'utf8')).to.match(/^target,sopInstanceUid,status,/);
  });

  it('keeps the results of several inboxes apart, whatever the folders are called', async () => {
    await deliverAll(aCase({ folder: 'head' }), [1]);
    await deliverAll(aCase({ folder: 'head', inbox: 'research' }), [1]);
    expect(list(outbox)).to.deep.equal(['@research', 'head']);
    const there = join(outbox, '@research', 'head');
    expect(JSON.parse(readFileSync(join(there, 'receipt.json'), 'utf8'))).to.include({
      inbox: 'research',
      folder: 'head',
    });
    // A folder of the first inbox that is called as if it lay in the other one.
    const sly = aCase({ folder: '@research/head' });
    await deliverAll(sly, [1]);
    expect(uidIn(join(`${there} (2)`, 'RD.001.dcm'))).to.contain(sly.id.slice(1));
    expect(list(there)).to.deep.equal(['RD.001.dcm', 'receipt.json']);
  });

  it('overwrites nothing where the target takes two names for one: the later one gets a number, also when repeated', async () => {
    const [lower, upper] = [aCase({ folder: 'lung' }), aCase({ folder: 'LUNG' })];
    await deliverAll(lower, [1]);
    // As such a target shows it: under the other name the same files.
    cpSync(join(outbox, 'lung'), join(outbox, 'LUNG'), { recursive: true });
    const receipt = await target.deliver(upper, dose(upper, 1), never);
    await target.finish(upper, [receipt]);
    expect(receipt.location).to.equal(join(outbox, 'LUNG (2)', 'RD.001.dcm'));
    expect((await target.deliver(upper, dose(upper, 1), never)).location).to.equal(receipt.location);
    expect(uidIn(join(outbox, 'lung', 'RD.001.dcm'))).to.contain(lower.id.slice(1));
    expect(await target.audit(upper, [receipt])).to.deep.equal([]);
    expect(list(join(outbox, 'lung'))).to.deep.equal(['RD.001.dcm', 'receipt.json']);
  });

  it('goes on in the same folder with a further run, and with what an earlier version has delivered', async () => {
    const first = aCase({ folder: 'lung' });
    await deliverAll(first, [1]);
    const path = join(outbox, 'lung', 'receipt.json');
    // Earlier versions wrote no inbox.
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"inbox": "",/, ''));
    expect(readFileSync(path, 'utf8')).not.to.contain('inbox');
    await deliverAll(aCase({ folder: 'lung', run: 2 }), [1]);
    expect(list(outbox)).to.deep.equal(['lung']);
    expect(list(join(outbox, 'lung'))).to.deep.equal(['RD.001.dcm', 'receipt.json', 'run-1']);
  });

  it('moves the report aside with the run it belongs to, and finds it there when that run has a new one', async () => {
    const first = aCase({ folder: 'c' });
    await deliverAll(first, [1]);
    await target.report(first, `${REPORT_START}first`);
    const second = aCase({ folder: 'c', run: 2 });
    await deliverAll(second, [1]);
    expect(list(join(outbox, 'c'))).to.deep.equal(['RD.001.dcm', 'receipt.json', 'run-1']);
    await target.report(first, `${REPORT_START}later`);
    expect(readFileSync(join(outbox, 'c', 'run-1', 'delivery-report.csv'), 'utf8')).to.equal(`${REPORT_START}later`);
    expect(existsSync(join(outbox, 'c', 'delivery-report.csv'))).to.equal(false);
  });

  it('moves an earlier run aside, whole, before a later one comes', async () => {
    const [one, two, three] = [1, 2, 3].map((run) => aCase({ folder: 'c', run }));
    await deliverAll(one!, [1, 2, 3, null]);
    await deliverAll(two!, [1, null]);
    await deliverAll(three!, [1, 2]);
    const folder = join(outbox, 'c');
    expect(list(folder)).to.deep.equal(['RD.001.dcm', 'RD.002.dcm', 'receipt.json', 'run-1', 'run-2']);
    expect(list(join(folder, 'run-1'))).to.deep.equal([
      'RD.001.dcm',
      'RD.002.dcm',
      'RD.003.dcm',
      'RD.plan.dcm',
      'receipt.json',
    ]);
    expect(uidIn(join(folder, 'run-2', 'RD.001.dcm'))).to.equal(dose(two!, 1).sopInstanceUid);
    expect(uidIn(join(folder, 'RD.001.dcm'))).to.equal(dose(three!, 1).sopInstanceUid);
  });

  it('moves aside an earlier run that was never finished, too', async () => {
    const [one, two] = [1, 2].map((run) => aCase({ folder: 'c', run }));
    await target.deliver(one!, dose(one!, 1), never);
    writeFileSync(join(outbox, 'c', 'RD.002.dcm.part'), 'half of a dose');
    await deliverAll(two!, [1]);
    expect(list(join(outbox, 'c'))).to.deep.equal(['RD.001.dcm', 'receipt.json', 'run-1']);
    expect(uidIn(join(outbox, 'c', 'run-1', 'RD.001.dcm'))).to.equal(dose(one!, 1).sopInstanceUid);
  });

  it('goes on with a move aside that a crash cut short', async () => {
    const [one, two] = [1, 2].map((run) => aCase({ folder: 'c', run }));
    await deliverAll(one!, [1, 2]);
    const folder = join(outbox, 'c');
    // As if killed after the first of the objects: the receipt is still on top.
    mkdirSync(join(folder, 'run-1'));
    writeFileSync(join(folder, 'run-1', 'RD.001.dcm'), readFileSync(join(folder, 'RD.001.dcm')));
    rmSync(join(folder, 'RD.001.dcm'));
    await deliverAll(two!, [1]);
    expect(list(join(folder, 'run-1'))).to.deep.equal(['RD.001.dcm', 'RD.002.dcm', 'receipt.json']);
    expect(list(folder)).to.deep.equal(['RD.001.dcm', 'receipt.json', 'run-1']);
  });

  it('puts an earlier run that comes late below the later one, also when both deliver at the same time', async () => {
    const [one, two] = [1, 2].map((run) => aCase({ folder: 'c', run }));
    await Promise.all([deliverAll(one!), deliverAll(two!)]);
    await deliverAll(one!);
    const folder = join(outbox, 'c');
    expect(list(folder)).to.deep.equal(['RD.001.dcm', 'RD.002.dcm', 'RD.plan.dcm', 'receipt.json', 'run-1']);
    expect(list(join(folder, 'run-1'))).to.deep.equal(['RD.001.dcm', 'RD.002.dcm', 'RD.plan.dcm', 'receipt.json']);
    for (const name of ['RD.001.dcm', 'RD.002.dcm']) {
      expect(uidIn(join(folder, name))).to.include(two!.id.slice(1));
      expect(uidIn(join(folder, 'run-1', name))).to.include(one!.id.slice(1));
    }
  });

  it('keeps what lies in run-1 when the numbers of runs begin anew', async () => {
    for (let database = 1; database <= 3; database++) await deliverAll(aCase({ folder: 'c', run: 1 }), [1]);
    expect(list(join(outbox, 'c'))).to.deep.equal(['RD.001.dcm', 'receipt.json', 'run-1', 'run-1-2']);
  });

  it('finds delivered objects that are gone or changed, also those of an earlier run that were moved aside', async () => {
    const [first, second] = [aCase({ folder: 'case-a' }), aCase({ folder: 'case-a', run: 2 })];
    const receipts: Receipt[] = [];
    for (const beam of [1, 2, null]) receipts.push(await target.deliver(first, dose(first, beam), never));
    await target.finish(first, receipts);
    await deliverAll(second);
    expect(await target.audit(first, receipts)).to.deep.equal([]);
    writeFileSync(join(outbox, 'case-a', 'run-1', 'RD.001.dcm'), 'changed');
    rmSync(join(outbox, 'case-a', 'run-1', 'RD.002.dcm'));
    const uid = (beam: number): string => receipts[beam - 1]?.sopInstanceUid ?? '';
    expect(await target.audit(first, receipts)).to.deep.equal([
      `the delivered object ${uid(1)} has been changed at upload target outbox`,
      `the delivered object ${uid(2)} has been changed at upload target outbox`,
    ]);
    rmSync(outbox, { recursive: true });
    expect(await target.audit(first, receipts)).to.have.length(3);
    expect((await target.audit(first, receipts))[0]).to.contain('is gone from');
  });
});
