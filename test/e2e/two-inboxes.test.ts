import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { CaseView } from '../../src/workflow/case-view.js';
import { dicomFile, element } from '../builders/dicom-bytes.js';
import { rawCtSlice } from '../builders/raw-ct-slice.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';
import { until } from '../until.js';
import { Service } from './service.js';

const NFD = 'Mu\u0308ller';
const NFC = 'M\u00fcller';

describe('two inboxes, in the running service', function () {
  this.timeout(120_000);
  const research = { name: 'research', path: 'research', layout: '{room}/{case}' };
  const service = new Service({
    intake: { quietSeconds: 0.5, pollSeconds: 0.5, minFreeGiB: 0, inboxes: [research] },
    web: { port: 0, auth: 'none' },
  });
  const further = join(service.root, 'research');
  const drop = (folder: string, files: Readonly<Record<string, Buffer>>): void => {
    mkdirSync(folder, { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, name), bytes);
  };
  const plan = (uid: string): Buffer =>
    dicomFile(rawIonPlan({ changes: { '0008,0018': element('0008,0018', 'UI', uid) } }));
  /** By the HTTP interface: a process of the command line for each look would take the processor from the engines. */
  const cases = async (): Promise<readonly CaseView[]> => {
    const address = await until('the page is served', () => /web page: (\S+)/.exec(service.output())?.[1]);
    const answer = await fetch(`${address}api/cases`);
    return ((await answer.json()) as { cases: readonly CaseView[] }).cases;
  };
  const runsOf = async (inbox: string, folder: string): Promise<readonly CaseView[]> =>
    (await cases()).filter((kase) => kase.inbox === inbox && kase.folder === folder);
  const untilOne = (inbox: string, folder: string, isIt: (kase: CaseView) => boolean): Promise<CaseView> =>
    until(`the case of ${folder} in inbox "${inbox}"`, async () => (await runsOf(inbox, folder)).find(isIt), 60_000);
  const completed = ({ state }: CaseView): boolean => state === 'completed';

  before(() => {
    mkdirSync(further);
    drop(join(service.inbox, 'G1'), { 'RN.dcm': plan('1.2.3.4.5.1') });
    drop(join(further, 'G1', 'head'), { 'RN.dcm': plan('1.2.3.4.5.2') });
    service.start();
  });
  after(() => service.end());

  it('cases of both are calculated and delivered, each into a folder of its own', async () => {
    await untilOne('', 'G1', completed);
    await untilOne('research', 'G1/head', completed);
    const receipt = (folder: string): unknown =>
      JSON.parse(readFileSync(join(service.outbox, folder, 'receipt.json'), 'utf8'));
    expect(receipt('G1')).to.include({ inbox: '', folder: 'G1' });
    expect(receipt('@research/G1/head')).to.include({ inbox: 'research', folder: 'G1/head' });
  });

  it('folders of the same name are two cases, and mqi submit takes the one whose path is named', async () => {
    drop(join(service.inbox, 'lung'), { 'note.txt': Buffer.from('x') });
    drop(join(further, 'G1', 'lung'), { 'note.txt': Buffer.from('x') });
    const submitted = JSON.parse(await service.mqi('submit', join(further, 'G1', 'lung'))) as CaseView;
    expect(submitted).to.include({ inbox: 'research', folder: 'G1/lung', run: 1 });
    const rejected = await untilOne('', 'lung', ({ state }) => state === 'rejected');
    expect(rejected.error?.message).to.contain('1 file: 1 file that is no DICOM');
    await untilOne('research', 'G1/lung', ({ state }) => state === 'rejected');
    expect([await runsOf('', 'lung'), await runsOf('research', 'G1/lung')].map(({ length }) => length)).to.deep.equal([
      1, 1,
    ]);
  });

  it('a waiting case whose folder gets another Unicode form stays that case, and reads all its files: also names that differ only in case or form', async () => {
    const slices = ['a', 'A', 'u\u0308', '\u00dc', '\u00fc'].map(
      (name, i) => [name, dicomFile(rawCtSlice({ z: 2 * i }))] as const,
    );
    const all = Object.fromEntries(slices);
    const { ['\u00dc']: missing, ...others } = all;
    drop(join(service.inbox, NFD), { 'RN.dcm': plan('1.2.3.4.5.3'), ...others });
    const waiting = await untilOne('', NFD, ({ waitingFor }) => waitingFor?.includes('slice') ?? false);
    renameSync(join(service.inbox, NFD), join(service.inbox, NFC));
    const renamed = await untilOne('', NFC, ({ waitingFor }) => waitingFor?.includes('slice') ?? false);
    expect(renamed).to.include({ id: waiting.id, run: 1 });
    for (const name of [NFD, NFC, 'M\u00dcLLER']) expect(await service.case(name)).to.include({ id: waiting.id });
    drop(join(service.inbox, NFC), { '\u00dc': missing! });
    expect(await untilOne('', NFC, completed)).to.include({ id: waiting.id, run: 1 });
    expect(await runsOf('', NFD)).to.deep.equal([]);
    expect(existsSync(join(service.outbox, NFC, 'receipt.json'))).to.equal(true);
    const inventory = readFileSync(join(service.root, 'work', waiting.id, '1', 'inventory.json'), 'utf8');
    for (const [name] of slices) expect(inventory).to.contain(`"${name}"`);
  });

  it('no folder name stands in the log', () => {
    const log = JSON.stringify(service.log());
    for (const name of ['lung', 'G1/head', NFC, NFD]) expect(log).not.to.contain(name);
  });
});
