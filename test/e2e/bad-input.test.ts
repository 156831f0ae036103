import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import type { CaseView } from '../../src/workflow/case-view.js';
import { dicomFile, element } from '../builders/dicom-bytes.js';
import { rawCtSlice } from '../builders/raw-ct-slice.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { inboxPrint } from './inbox-print.js';
import { ODD_NAMES } from '../builders/odd-names.js';
import { Service } from './service.js';

const PLAN = dicomFile(rawIonPlan());
const PHOTON = '1.2.840.10008.5.1.4.1.1.481.5';
const CUTS = 50;

const truncated = (cut: number): Buffer => PLAN.subarray(0, Math.floor((PLAN.length * cut) / CUTS));
const slices = (...positionsMm: readonly number[]): readonly (readonly [string, Buffer])[] =>
  positionsMm.map((z) => [`CT/CT.${String(z)}.dcm`, dicomFile(rawCtSlice({ z }))]);

/** Folder to its files. */
/** Dropped after the others, some fifty, which would keep the service from a look at it for longer than it waits. */
const INCOMPLETE = 'CT incomplete';
const DROPPED: Readonly<Record<string, readonly (readonly [string, Buffer])[]>> = {
  empty: [],
  'text only': [
    ['readme.txt', Buffer.from('no DICOM here\n')],
    ['notes/more.txt', Buffer.from('nor here\n')],
  ],
  photon: [['RP.dcm', dicomFile(rawIonPlan({ changes: { '0008,0016': element('0008,0016', 'UI', PHOTON) } }))]],
  'two plans': [
    ['RN.1.dcm', PLAN],
    ['RN.2.dcm', dicomFile(rawIonPlan({ changes: { '0008,0018': element('0008,0018', 'UI', '1.2.3.4.55') } }))],
  ],
  'preamble only': [['RN.dcm', Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')])]],
  good: [['RN.dcm', PLAN]],
  ...Object.fromEntries(
    Array.from({ length: CUTS - 1 }, (_, i) => [`cut ${String(i + 1)}`, [['RN.dcm', truncated(i + 1)]]]),
  ),
  ...Object.fromEntries(ODD_NAMES.map((name) => [name, [['RN.dcm', PLAN]]])),
};

describe('bad input, dropped into the running service', function () {
  this.timeout(180_000);
  const service = new Service({
    // Long enough for a look at it while it waits, on a machine that does much else.
    intake: { quietSeconds: 0.5, pollSeconds: 1, incompleteHours: 15 / 3600 },
  });
  let printBefore: readonly string[] = [];
  let ended: ReadonlyMap<string, CaseView> = new Map();
  const outside = `${service.root}-outside`;

  const drop = (folder: string, files: readonly (readonly [string, Buffer])[]): void => {
    mkdirSync(join(service.inbox, folder), { recursive: true });
    for (const [path, content] of files) {
      mkdirSync(dirname(join(service.inbox, folder, path)), { recursive: true });
      writeFileSync(join(service.inbox, folder, path), content);
    }
  };
  const refused = (folder: string, code: string, ...words: readonly string[]): void => {
    const kase = ended.get(folder)!;
    expect(kase.state, folder).to.equal('rejected');
    const { message, remedy, ...kind } = kase.error!;
    expect(kind, folder).to.deep.equal({ code, severity: 'input' });
    for (const word of words) expect(message, folder).to.contain(word);
    expect(remedy, folder).not.to.equal('');
    expect(kase.status, folder).to.contain(message);
  };

  before(async () => {
    for (const [folder, files] of Object.entries(DROPPED)) drop(folder, files);
    drop('linked plan', [['notes.txt', Buffer.from('x')]]);
    mkdirSync(outside);
    writeFileSync(join(outside, 'RN.dcm'), PLAN);
    symlinkSync(join(outside, 'RN.dcm'), join(service.inbox, 'linked plan', 'RN.dcm'));
    symlinkSync(outside, join(service.inbox, 'linked folder'));
    // A named pipe never ends when it is opened: whoever reads without looking hangs for ever.
    drop('unreadable', []);
    execFileSync('mkfifo', [join(service.inbox, 'unreadable', 'RN.dcm')]);
    const print = inboxPrint(service.inbox);
    service.start();
    const all = [...Object.keys(DROPPED), 'linked plan', 'unreadable'];
    await service.untilEnded(all, 150_000);
    expect(inboxPrint(service.inbox)).to.deep.equal(print);
    drop(INCOMPLETE, [['RN.dcm', PLAN], ...slices(0, 2, 4, 8, 10)]);
    printBefore = inboxPrint(service.inbox);
    const waiting = await service.untilCases(
      'the incomplete case to wait',
      [INCOMPLETE],
      ({ waitingFor }) => waitingFor !== null,
    );
    expect(waiting.get(INCOMPLETE)).to.include({ state: 'registered', error: null });
    expect(waiting.get(INCOMPLETE)?.waitingFor).to.match(/6/);
    ended = await service.untilEnded([...all, INCOMPLETE], 150_000);
  });
  after(async () => {
    await service.end();
    rmSync(outside, { recursive: true, force: true });
  });

  it('says of an empty folder that it is empty', () => {
    refused('empty', 'plan.none', 'the folder is empty');
  });

  it('says of a folder of texts that it has no plan', () => {
    refused('text only', 'plan.none', 'no RT Ion Plan among its 2 files');
  });

  it('refuses a photon plan, naming it', () => {
    refused('photon', 'plan.not-ion', 'RP.dcm');
  });

  it('refuses two plans, naming both', () => {
    refused('two plans', 'plan.several', 'RN.1.dcm', 'RN.2.dcm');
  });

  it('refuses a file of preamble and DICM alone, naming it', () => {
    refused('preamble only', 'plan.none', 'RN.dcm');
  });

  it('refuses a plan cut off at any of 49 places', () => {
    for (let cut = 1; cut < CUTS; cut += 1) {
      const kase = ended.get(`cut ${String(cut)}`);
      expect(kase?.state, `cut ${String(cut)}`).to.equal('rejected');
      expect(kase?.error, `cut ${String(cut)}`).to.include({ severity: 'input' });
      expect(kase?.error?.message, `cut ${String(cut)}`).to.match(/plan|beam/i);
    }
  });

  it('waits for the missing slice of a CT, and after the limit refuses the case, naming where it is missing', () => {
    refused(INCOMPLETE, 'ct.incomplete-timeout', '5 of 6 slices', 'z = 6');
  });

  it('does not follow a link out of the inbox', () => {
    refused('linked plan', 'plan.none', '“RN.dcm” (');
    expect(ended.has('linked folder')).to.equal(false);
  });

  it('refuses a case whose only plan cannot be read, naming the file and why', () => {
    refused('unreadable', 'plan.none', '“RN.dcm” (not a regular file)');
  });

  it('calculates the good cases beside the bad ones, whatever their names', () => {
    for (const folder of ['good', ...ODD_NAMES]) {
      expect(ended.get(folder)?.state, folder).to.equal('completed');
      expect(readdirSync(join(service.outbox, folder)).sort(), folder).to.deep.equal([
        'RD.001.dcm',
        'RD.plan.dcm',
        'receipt.json',
      ]);
    }
    expect(existsSync('pwned')).to.equal(false);
  });

  it('writes nothing to the inbox', () => {
    expect(inboxPrint(service.inbox)).to.deep.equal(printBefore);
  });

  it('names no folder, patient or operator in its logs, and asks nobody for help', () => {
    const text = readFileSync(join(service.root, 'logs', 'mqi.log'), 'utf8');
    for (const secret of ['Secret', 'PID-1', 'quotes', '홍길동', 'pwned']) expect(text).not.to.contain(secret);
    expect(service.log().filter(({ level }) => level === 'error')).to.deep.equal([]);
  });
});
