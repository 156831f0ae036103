import { expect } from 'chai';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderTarget } from '../../../src/adapters/uploads/folder-target.js';
import { REPORT_START } from '../../../src/domain/delivery-report.js';
import type { Case } from '../../../src/domain/case.js';
import { CaseError } from '../../../src/domain/errors.js';
import type { Receipt } from '../../../src/domain/receipt.js';
import type { MadeDose } from '../../../src/ports/dose-maker.js';
import type { UploadTarget } from '../../../src/ports/upload-target.js';
import { aCase } from '../../builders/a-case.js';
import { aDisguised } from '../../builders/a-disguised.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { changeElement, elementAt } from '../../builders/changed-element.js';
import { FACTS, privateElements } from '../../builders/deidentified-facts.js';
import { dciodvfyErrors, hasDciodvfy, hasPydicom, pydicom } from '../../dicom-tools.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakePseudonymStore } from '../../fakes/fake-pseudonym-store.js';
import { FakeUploadTarget } from '../../fakes/fake-upload-target.js';
import { rejection } from '../../rejection.js';
import { DoseFixture, KASE } from '../dicom/dose-fixture.js';

/** Elements of the plan that the dose takes over, with what they hold here. */
const IDENTITY = [
  ['0010,0010', 'PN', 'Ramanujan^Srinivasa^Q'],
  ['0010,0020', 'LO', 'HOSP-00417-X'],
  ['0010,0030', 'DA', '18871222'],
  ['0008,0050', 'SH', 'ACC-9981'],
  ['0008,0090', 'PN', 'Hardy^Godfrey'],
  ['0020,0010', 'SH', 'STUDY-77'],
] as const;
/** As they may stand in any file, also by parts. */
const NAMES = [
  'Ramanujan',
  'Srinivasa',
  'HOSP-00417-X',
  '00417',
  '18871222',
  'ACC-9981',
  'Hardy',
  'Godfrey',
  'STUDY-77',
];
const never = new AbortController().signal;

type Facts = Readonly<Record<string, unknown>>;

describe('a target that gets no identities', () => {
  let temp: string;
  let fixture: DoseFixture;
  let made: readonly MadeDose[];
  let kase: Case;
  let place: string;
  let pseudonyms: FakePseudonymStore;
  before(async () => {
    temp = mkdtempSync(join(tmpdir(), 'mqi-deidentify-'));
    fixture = await DoseFixture.make(temp);
    for (const [tag, vr, value] of IDENTITY) changeElement(fixture.planCopy, tag, vr, value);
    const remarks = ['calculated for Ramanujan: by an engine that says too much'];
    const beams = [
      await fixture.beam(1, (i) => i / 7, remarks),
      await fixture.beam(2, (i) => 3 + Math.sin(i), remarks),
    ];
    made = [...beams, await fixture.maker.planDose(KASE, fixture.planCopy, beams)];
    cpSync(fixture.folders.root, join(temp, 'pristine'), { recursive: true });
  });
  after(() => {
    rmSync(temp, { recursive: true, force: true });
  });
  beforeEach(() => {
    rmSync(fixture.folders.root, { recursive: true, force: true });
    cpSync(join(temp, 'pristine'), fixture.folders.root, { recursive: true });
    place = mkdtempSync(join(temp, 'target-'));
    pseudonyms = new FakePseudonymStore();
    const plan = readFileSync(fixture.planCopy);
    const { valueAt, length } = elementAt(plan, '0008,0018', 'UI');
    const planSopInstanceUid = plan.toString('latin1', valueAt, valueAt + length).replace(/\0$/, '');
    kase = aCase({ ...KASE, folder: 'G1/Ramanujan HOSP-00417-X', planLabel: 'Ramanujan boost', planSopInstanceUid });
  });

  const folderTarget = (): FolderTarget =>
    new FolderTarget({ name: 't', path: join(place, 'outbox'), makeMissing: true }, new FakeClock());
  const disguised = (
    change: Parameters<typeof aDisguised>[2] = {},
    inner: UploadTarget = folderTarget(),
  ): UploadTarget => aDisguised(inner, place, { pseudonyms, folders: fixture.folders, ...change });
  const deliverAll = async (target: UploadTarget): Promise<readonly Receipt[]> => {
    const receipts: Receipt[] = [];
    for (const dose of made) receipts.push(aReceipt({ ...(await target.deliver(kase, dose, never)) }));
    await target.report?.(kase, `${REPORT_START}start\r\n1,complete,2025-04-24T14:40:08,1,2\r\n`);
    await target.finish(kase, receipts);
    return receipts;
  };
  /** Every file at the target by its path there, with what is in it. */
  const atTarget = (): readonly (readonly [string, Buffer])[] =>
    readdirSync(join(place, 'outbox'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [path.slice(join(place, 'outbox').length), readFileSync(path)]);
  const facts = (receipt: Receipt): Promise<Facts> => pydicom(FACTS, receipt.location!) as Promise<Facts>;
  const originalUids = (): readonly string[] => {
    const tags = ['0008,0018', '0020,000d', '0020,000e', '0020,0052', '0008,1155'];
    const all = made.flatMap(({ path }) => {
      const bytes = readFileSync(path);
      return tags.map((tag) => {
        const { valueAt, length } = elementAt(bytes, tag, 'UI');
        return bytes.toString('latin1', valueAt, valueAt + length).replace(/\0$/, '');
      });
    });
    return [...new Set(all)];
  };

  it('gets nothing of the original identity, in no byte of any file or name, also not from private elements', async () => {
    for (const { path } of made) {
      expect(readFileSync(path).includes('Ramanujan'), 'the original holds it').to.equal(true);
      // A private block, and an element of a later standard, as another program might have put them in.
      const bytes = readFileSync(path);
      const { at } = elementAt(bytes, '3004,0002', 'CS');
      const hidden = privateElements('Ramanujan^Srinivasa');
      writeFileSync(path, Buffer.concat([bytes.subarray(0, at), hidden, bytes.subarray(at)]));
    }
    await deliverAll(disguised());
    const files = atTarget();
    expect(files.map(([path]) => path.split('/').at(-1))).to.have.members([
      'RD.001.dcm',
      'RD.002.dcm',
      'RD.plan.dcm',
      'delivery-report.csv',
      'receipt.json',
    ]);
    const dates = ['20250101', '2025-04-24'];
    const ids = [kase.id, kase.planSopInstanceUid!, ...originalUids()];
    for (const [path, bytes] of files) {
      const text = bytes.toString('latin1').toLowerCase();
      for (const word of [...NAMES, ...dates, ...ids]) {
        expect(path.toLowerCase().includes(word.toLowerCase()), `${word} in the name of a file`).to.equal(false);
        expect(text.includes(word.toLowerCase()), `${word} in ${path}`).to.equal(false);
      }
    }
  });

  it('gets legal RT Dose that says it was de-identified, with the dose as it was', async function () {
    if (!hasPydicom()) this.skip();
    const receipts = await deliverAll(disguised());
    const original = (await pydicom(FACTS, made[0]!.path)) as Facts;
    const [one, two, plan] = await Promise.all(receipts.map(facts));
    expect(one).to.deep.include({
      birth: '',
      sex: '',
      removed: 'YES',
      codes: ['113100'],
      temporal: 'REMOVED',
      private: 0,
    });
    expect(one).to.deep.include({
      studyDate: '',
      seriesDate: null,
      seriesTime: null,
      content: '',
      comment: 'per fraction',
    });
    for (const what of ['pixels', 'scaling', 'position', 'beam']) expect(one![what]).to.deep.equal(original[what]);
    expect(one!.name)
      .to.match(/^P-[0-9A-Z]{12}$/)
      .and.equal(one!.id);
    expect(one!.metaUid).to.equal(one!.uid).and.equal(receipts[0]!.sentAs!.sopInstanceUid);
    for (const what of ['id', 'study', 'series', 'frame', 'plan']) {
      expect([two![what], plan![what]], what).to.deep.equal([one![what], one![what]]);
    }
    expect(new Set([one!.uid, two!.uid, plan!.uid]).size).to.equal(3);
    if (!hasDciodvfy()) return;
    for (const { location } of receipts) expect(dciodvfyErrors(location!)).to.deep.equal([]);
  });

  it('moves dates back by the same days in every object of a patient, where they are to be shifted', async function () {
    if (!hasPydicom()) this.skip();
    const [one, two] = await Promise.all((await deliverAll(disguised({ dates: 'shift', keepSex: true }))).map(facts));
    expect(one).to.deep.include({ temporal: 'MODIFIED', codes: ['113100', '113107', '113108'], sex: 'O' });
    const fixtureDay = Date.parse('2026-05-28T00:00:00Z'); // CALCULATED_AT_S
    const day = (text: string): number =>
      Date.parse(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00Z`);
    const moved = (fixtureDay - day(one!.content as string)) / 86_400_000;
    expect(moved).to.be.within(0, 366);
    expect(two!.content).to.equal(one!.content);
    const csv = atTarget()
      .find(([path]) => path.endsWith('.csv'))![1]
      .toString();
    const [, started] = /1,complete,(\d{4}-\d\d-\d\d)T14:40:08,1,2/.exec(csv)!;
    expect((Date.parse('2025-04-24') - Date.parse(started!)) / 86_400_000).to.be.within(1, 365);
  });

  it('says in its receipts when each was delivered by the rule for dates too, for that would tell the shift', async () => {
    const deliveredAt = new FakeClock().now();
    const told = async (change: Parameters<typeof disguised>[0]): Promise<number> => {
      place = mkdtempSync(join(temp, 'target-'));
      await deliverAll(disguised(change));
      const [, receipt] = atTarget().find(([path]) => path.endsWith('receipt.json'))!;
      const { objects } = JSON.parse(receipt.toString()) as { objects: readonly { at: string }[] };
      return Date.parse(objects[0]!.at);
    };
    const days = (deliveredAt - (await told({ dates: 'shift' }))) / 86_400_000;
    expect([days >= 1 && days <= 365, Number.isInteger(days)]).to.deep.equal([true, true]);
    expect(await told({ dates: 'remove' })).to.equal(0);
    expect(await told({ dates: 'keep' })).to.equal(deliveredAt);
  });

  it('keeps dates where they are to be kept, and says so', async function () {
    if (!hasPydicom()) this.skip();
    const [one] = await Promise.all((await deliverAll(disguised({ dates: 'keep' }))).map(facts));
    expect(one).to.deep.include({ temporal: 'UNMODIFIED', codes: ['113100', '113106'], birth: '' });
    expect(one!.content).to.match(/^2026052\d$/);
  });

  it('has receipts of the original objects that say what was sent in their place', async () => {
    const receipts = await deliverAll(disguised());
    receipts.forEach((receipt, i) => {
      const { sopInstanceUid, sha256 } = made[i]!;
      expect(receipt).to.deep.include({ caseId: KASE.id, sopInstanceUid, sha256 });
      expect(receipt.sentAs!.sopInstanceUid)
        .to.match(/^2\.25\.\d+$/)
        .and.not.equal(sopInstanceUid);
    });
    expect(await disguised().audit!(kase, receipts)).to.deep.equal([]);
    rmSync(receipts[0]!.location!);
    const [lost] = await disguised().audit!(kase, receipts);
    expect(lost).to.match(/is gone from upload target t/);
  });

  it('gives the same bytes again: to a repeat, after a restart, and when the database was lost', async () => {
    const first = await deliverAll(disguised());
    // The receipt says how each was found to be there: by a copy, or at once.
    const objects = (): ReturnType<typeof atTarget> =>
      atTarget().filter(([path]) => !/receipt\.(csv|json)$/.test(path));
    const bytes = objects();
    const again = await deliverAll(disguised());
    pseudonyms = new FakePseudonymStore();
    const anew = await deliverAll(disguised());
    expect(again.map(({ sentAs }) => sentAs)).to.deep.equal(first.map(({ sentAs }) => sentAs));
    expect(anew.map(({ sentAs }) => sentAs)).to.deep.equal(first.map(({ sentAs }) => sentAs));
    expect(objects()).to.deep.equal(bytes);
    expect(readdirSync(join(fixture.folders.work(kase), 'deidentified'))).to.deep.equal([]);
  });

  it('goes by the pseudonym that the database kept first, and takes another key for other patients', async () => {
    const inner = new FakeUploadTarget('t');
    await disguised({}, inner).deliver(kase, made[0]!, never);
    const [patient] = [...pseudonyms.rows.values()].filter(({ kind }) => kind === 'patient');
    expect(patient).to.include({ original: 'HOSP-00417-X' });
    const kept = { ...patient!, replacement: 'P-GIVENBEFORE' };
    pseudonyms = new FakePseudonymStore();
    await pseudonyms.keep([kept]);
    const receipts = await deliverAll(disguised());
    expect(receipts[0]!.location).to.match(/\/P-GIVENBEFORE_[0-9A-Z]{8}\/RD\.001\.dcm$/);
    process.env.MQI_TEST_PSEUDONYM_KEY = 'another key, as long as it must be';
    const other = new FakeUploadTarget('t');
    await disguised({ keyFile: null, keyEnv: 'MQI_TEST_PSEUDONYM_KEY' }, other).deliver(kase, made[0]!, never);
    delete process.env.MQI_TEST_PSEUDONYM_KEY;
    expect([...other.stored.keys()]).not.to.deep.equal([...inner.stored.keys()]);
  });

  it('tells a program of the site nothing but pseudonyms, and leaves no copy behind when it fails', async () => {
    const inner = new FakeUploadTarget('t');
    const told: Case[] = [];
    const deliver = inner.deliver.bind(inner);
    inner.deliver = (of, dose, signal) => {
      told.push(of);
      expect(dose.path).to.match(/deidentified\/t\/[0-9a-f]+\/RD\.001\.dcm$/);
      return deliver(of, dose, signal);
    };
    inner.failure = new CaseError('transient', 'upload.unavailable', 'away');
    expect(await rejection(disguised({}, inner).deliver(kase, made[0]!, never))).to.equal(inner.failure);
    expect(JSON.stringify(told)).not.to.match(/Ramanujan|HOSP|c0ffee/i);
    expect(readdirSync(join(fixture.folders.work(kase), 'deidentified', 't'))).to.deep.equal([]);
  });

  it('delivers nothing without its key, or with one that is too short to keep anybody hidden', async () => {
    const inner = new FakeUploadTarget('t');
    for (const change of [{ keyFile: join(temp, 'none') }, { keyFile: null, keyEnv: 'MQI_TEST_NOT_SET' }]) {
      const error = await rejection(disguised(change, inner).deliver(kase, made[0]!, never));
      expect(error).to.be.instanceOf(CaseError).and.include({ severity: 'operator', code: 'deidentify.key' });
    }
    writeFileSync(join(temp, 'short'), '123456789012345\n');
    const check = disguised({ keyFile: join(temp, 'short') }, inner).check();
    expect(await rejection(check)).to.include({ code: 'deidentify.key' });
    expect(inner.asked).to.deep.equal([]);
  });

  it('takes no file that is damaged or none of ours', async () => {
    const [dose] = made;
    writeFileSync(dose!.path, readFileSync(dose!.path).subarray(0, -1));
    const error = await rejection(disguised().deliver(kase, dose!, never));
    expect(error).to.be.instanceOf(CaseError).and.include({ severity: 'permanent', code: 'dose.damaged' });
  });
});
