import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { Case } from '../../../src/domain/case.js';
import { Folders } from '../../../src/domain/folders.js';
import { retryOfCleaned } from '../../../src/workflow/retry-plan.js';
import { Retention } from '../../../src/workflow/retention.js';
import { aCase } from '../../builders/a-case.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { someSettings } from '../../builders/some-settings.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeCaseUploadStore } from '../../fakes/fake-case-upload-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeReceiptStore } from '../../fakes/fake-receipt-store.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { until } from '../../until.js';
import { tempFolder } from '../../temp-folder.js';

const DAY = 86_400_000;
const FILES = [
  'inventory.json',
  'input/ct.mha',
  'input/plan.dcm',
  'beam-001/beam.json',
  'beam-001/attempt-1/engine.log',
  'beam-001/attempt-1/dose.mha',
  'dose/RD.001.dcm',
  'dose/RD.plan.dcm',
];

describe('cleaning of work folders', () => {
  const temp = tempFolder();
  const never = new AbortController().signal;
  let clock: FakeClock;
  let tables: FakeTables;
  let folders: Folders;
  let receipts: FakeReceiptStore;
  let retention: Retention;
  const scheduler = new FakeScheduler();

  const cleaner = (change: Readonly<Record<string, unknown>> = {}): Retention =>
    new Retention(
      new FakeCaseStore(tables),
      receipts,
      new FakeCaseUploadStore(tables),
      someSettings({ retention: change }),
      folders,
      clock,
      new FakeLogger(),
      scheduler,
    );

  beforeEach(() => {
    clock = new FakeClock();
    tables = new FakeTables();
    folders = new Folders(temp.path, join(temp.path, 'inbox'));
    receipts = new FakeReceiptStore(tables);
    retention = cleaner();
  });

  /** An ended case with a full work folder. */
  async function ended(change: Partial<Case>, days: number, delivered = true): Promise<Case> {
    const kase = aCase({ beamCount: 1, finishedAt: clock.now() - days * DAY, ...change });
    tables.cases.set(kase.id, kase);
    for (const file of FILES) {
      const path = join(folders.work(kase), file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file);
    }
    for (const sopInstanceUid of delivered ? ['1', '2'] : []) {
      await receipts.record(aReceipt({ caseId: kase.id, sopInstanceUid, status: 'delivered' }));
    }
    return kase;
  }
  const left = (kase: Case): readonly string[] =>
    readdirSync(folders.work(kase), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(folders.work(kase).length + 1))
      .sort();

  it('frees the disk of what was delivered long ago, keeps its records, and leaves all other cases alone', async () => {
    const old = await ended({ state: 'completed' }, 31);
    const young = await ended({ state: 'completed' }, 29);
    const active = await ended({ state: 'simulated', finishedAt: null }, 100);
    const unknown = join(temp.path, 'work', 'strange', '1');
    mkdirSync(unknown, { recursive: true });
    expect(await retention.round(never)).to.equal(1);
    expect(left(old)).to.deep.equal([
      'beam-001/attempt-1/engine.log',
      'beam-001/beam.json',
      'cleaned.json',
      'inventory.json',
    ]);
    expect(left(young)).to.deep.equal([...FILES].sort());
    expect(left(active)).to.deep.equal([...FILES].sort());
    expect(existsSync(unknown)).to.equal(true);
    expect(await retention.round(never)).to.equal(0);
  });

  it('never removes an RT Dose that was not delivered, however old', async () => {
    const failed = await ended({ state: 'failed' }, 5_000, false);
    expect(await cleaner({ keepLogs: false }).round(never)).to.equal(1);
    expect(left(failed)).to.deep.equal(['cleaned.json', 'dose/RD.001.dcm', 'dose/RD.plan.dcm', 'input/plan.dcm']);
  });

  it('goes on where a killed service left it: nothing that is to stay is lost', async () => {
    const old = await ended({ state: 'failed' }, 100, false);
    const trash = join(temp.path, 'work', '.cleaning', `${old.id}.${String(old.run)}`);
    mkdirSync(dirname(trash), { recursive: true });
    renameSync(folders.work(old), trash);
    await retention.round(never);
    expect(left(old)).to.include.members(['cleaned.json', 'dose/RD.plan.dcm', 'beam-001/attempt-1/engine.log']);
    expect(left(old)).not.to.include('input/ct.mha');
    expect(readdirSync(dirname(trash))).to.deep.equal([]);
  });

  it('takes a few cases in a round and the others in the next ones', async () => {
    for (let i = 0; i < 25; i++) await ended({ state: 'completed' }, 31);
    expect(await retention.round(never)).to.equal(20);
    expect(await retention.round(never)).to.equal(5);
  });

  it('works by itself once the service has settled, and outlives a failure', async () => {
    const stop = new AbortController();
    writeFileSync(join(temp.path, 'work'), 'no folder');
    let tidied = 0;
    Object.assign(scheduler, { tidy: () => Promise.resolve(void (tidied += 1)) });
    const running = retention.run(stop.signal);
    await clock.advance(60_000);
    await until('what was brought to other machines is looked at too', () => tidied === 1);
    stop.abort();
    await running;
  });

  it('makes a retry begin with validation, unless assembly or delivery is all that is left', () => {
    const failed = aCase({ state: 'failed', endedFrom: 'interpreted' });
    expect(retryOfCleaned(failed, { beamNumber: 1, reason: 'again' })).to.deep.equal({
      reason: 'again',
      from: 'validate',
    });
    const late = aCase({ state: 'failed', endedFrom: 'assembled' });
    expect(retryOfCleaned(late, {})).to.deep.equal({});
  });
});
