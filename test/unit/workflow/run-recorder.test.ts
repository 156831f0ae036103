import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Folders } from '../../../src/domain/folders.js';
import { parseRunRecord, type RunRecord } from '../../../src/domain/run-record.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { aRunRecorder } from '../../builders/a-run-recorder.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeReceiptStore } from '../../fakes/fake-receipt-store.js';
import { tempFolder } from '../../temp-folder.js';

describe('the record of a run whose optional targets are not done yet', () => {
  const temp = tempFolder();
  const kase = aCase({ id: 'c1', state: 'assembled' });
  const path = (): string => join(new Folders(temp.path, 'inbox').work(kase), 'record.json');
  const record = (): RunRecord => parseRunRecord(readFileSync(path(), 'utf8'));
  const receipts = new FakeReceiptStore();
  const clock = new FakeClock();

  beforeEach(async () => {
    await receipts.record(aReceipt({ target: 'pacs', status: 'delivered', verifiedBy: 'c-find' }));
    await receipts.record(aReceipt({ target: 'research', status: 'pending' }));
    await receipts.record(aReceipt({ target: 'archive', status: 'failed' }));
    await aRunRecorder(temp.path, { receipts, clock }).record(kase);
  });

  it('says of when it speaks, and of what was not delivered by then no word that could be taken for the present', () => {
    expect(record().receiptsAsOf).to.equal(new Date(clock.now()).toISOString());
    const by = Object.fromEntries(record().receipts.map(({ target, status }) => [target, status]));
    const open = 'not-delivered-by-then';
    expect(by).to.deep.equal({ pacs: 'delivered', research: open, archive: open });
    expect(readFileSync(path(), 'utf8')).not.to.match(/pending|"failed"/);
  });

  it('tells no target of where it lies at another, and no words of a target', () => {
    expect(Object.keys(record().receipts[0]!)).to.have.members([
      'target',
      'sopInstanceUid',
      'sentUid',
      'status',
      'sha256',
      'verifiedBy',
      'at',
    ]);
  });
});
