import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { dicomFile } from '../builders/dicom-bytes.js';
import { rawCtSlice } from '../builders/raw-ct-slice.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { ASK_EVERY_MS } from '../ask-mqi.js';
import { inboxPrint } from './inbox-print.js';
import { until } from '../until.js';
import { Service } from './service.js';

const MARKER = '_CASE_READY';
const PLAN = dicomFile(rawIonPlan());
const SLICES = [0, 2, 4, 6].map((z) => [`CT.Secret.${String(z)}.dcm`, dicomFile(rawCtSlice({ z }))] as const);
const HALF_A_SLICE = SLICES[2]?.[1].subarray(0, 300) ?? '';
const FILES = new Map<string, Buffer>([['RN.dcm', PLAN], ...SLICES]);
const manifest = [...FILES]
  .map(([path, bytes]) => `${createHash('sha256').update(bytes).digest('hex')} *${path}\r\n`)
  .join('');

describe('cases with ready markers, in the running service', function () {
  this.timeout(120_000);
  const service = new Service({
    intake: { quietSeconds: 0.5, pollSeconds: 0.5, readyMarker: MARKER, incompleteHours: 1 },
  });
  let printBefore: readonly string[] = [];
  const put = (path: string, content: string | Buffer): void => {
    mkdirSync(dirname(join(service.inbox, path)), { recursive: true });
    writeFileSync(join(service.inbox, path), content);
  };
  const putAll = (folder: string): void => {
    for (const [path, bytes] of FILES) put(`${folder}/${path}`, bytes);
  };

  before(() => {
    service.start();
  });
  after(() => service.end());

  it('waits in words for a file that is not as the manifest says, and completes as the same run when it is', async () => {
    put(`differs/${MARKER}`, manifest);
    putAll('differs');
    put('differs/CT.Secret.4.dcm', HALF_A_SLICE);
    const waiting = await service.untilCases('it waits', ['differs'], ({ waitingFor }) => waitingFor !== null);
    expect(waiting.get('differs')).to.deep.include({
      state: 'registered',
      waitingFor: '1 of 5 files of the manifest is not as it says (or still being copied), e.g. “CT.Secret.4.dcm”',
    });
    putAll('differs');
    const kase = (await service.untilEnded(['differs'])).get('differs')!;
    expect(kase).to.include({ state: 'completed', run: 1 });
    const { transitions } = await service.case(kase.id);
    expect(transitions.map(({ event }) => event).slice(0, 3)).to.deep.equal(['register', 'change', 'advance']);
  });

  it('refuses a manifest that leads out of the folder, and completes the next run with one that does not', async () => {
    putAll('hostile');
    put(`hostile.${MARKER}`, `${'0'.repeat(64)}  ../differs/RN.dcm\n`);
    const refused = (await service.untilEnded(['hostile'])).get('hostile')!;
    expect(refused.error).to.include({ code: 'intake.manifest-damaged', severity: 'input' });
    expect(refused.error?.message).to.contain('line 1 leads out of the case folder');
    put(`hostile.${MARKER}`, manifest);
    const next = await service.untilCases('the next run', ['hostile'], ({ state }) => state === 'completed');
    expect(next.get('hostile')).to.include({ run: 2 });
  });

  it('takes nothing without a marker, shows it as arriving, and takes it with one beside it', async () => {
    putAll('unmarked');
    const isShown = async (): Promise<boolean> => (await service.look('cases')).includes('still copying, 5 files');
    await until('it is shown', isShown, 30_000, ASK_EVERY_MS);
    expect((await service.cases()).map(({ folder }) => folder)).not.to.include('unmarked');
    put(`unmarked${MARKER}`, 'done\n');
    printBefore = inboxPrint(service.inbox);
    const kase = (await service.untilEnded(['unmarked'])).get('unmarked')!;
    expect(kase).to.include({ state: 'completed', run: 1 });
  });

  it('writes nothing to the inbox, names no file in its log, and asks nobody for help', () => {
    expect(inboxPrint(service.inbox)).to.deep.equal(printBefore);
    expect(readFileSync(join(service.root, 'logs', 'mqi.log'), 'utf8')).not.to.contain('Secret');
    expect(service.log().filter(({ level }) => level === 'error')).to.deep.equal([]);
  });
});
