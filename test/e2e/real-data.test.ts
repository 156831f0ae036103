import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import type { CaseDetailView, CaseView } from '../../src/workflow/case-view.js';
import { inboxPrint } from './inbox-print.js';
import { Service } from './service.js';

/** Published phantom data beside the clone; its README says what a correct reader finds. */
const DATA = fileURLToPath(new URL('../../../../shared/data', import.meta.url));
const FOLDERS = ['head-phantom', 'mono-layer', 'opposed-beams', 'four-fields', 'photon-plan'];

describe('published phantom data, dropped into the running service', function () {
  this.timeout(600_000);
  const service = new Service({
    intake: { quietSeconds: 0.5, pollSeconds: 1, incompleteHours: 12 / 3600 },
    geometry: {},
  });
  let printBefore: readonly string[] = [];
  let waiting: CaseView | undefined;
  let ended: ReadonlyMap<string, CaseView> = new Map();

  before(async function () {
    if (!existsSync(DATA)) {
      process.stdout.write(`no phantom data at ../shared/data: nothing dropped\n`);
      this.skip();
    }
    for (const folder of FOLDERS) cpSync(join(DATA, folder), join(service.inbox, folder), { recursive: true });
    printBefore = inboxPrint(service.inbox);
    service.start();
    const seen = await service.untilCases('it waits', ['head-phantom'], ({ waitingFor }) => waitingFor !== null);
    waiting = seen.get('head-phantom');
    ended = await service.untilEnded(FOLDERS, 500_000);
  });
  after(() => service.end());

  const detail = async (folder: string): Promise<CaseDetailView> => {
    const kase = ended.get(folder);
    expect(kase?.state, `${folder}: ${kase?.error?.message ?? ''}`).to.equal('completed');
    return service.case(kase?.id ?? '');
  };
  const delivered = (folder: string): readonly string[] => readdirSync(join(service.outbox, folder)).sort();

  it('head-phantom: waits for 167 of 177 slices, says which, and is refused after the limit', () => {
    expect(waiting).to.include({ state: 'registered', error: null });
    expect(waiting?.waitingFor).to.contain('10 of 177 slices');
    expect(ended.get('head-phantom')).to.include({ state: 'rejected' });
    expect(ended.get('head-phantom')?.error).to.include({ code: 'ct.incomplete-timeout', severity: 'input' });
  });

  it('photon-plan: is refused as no ion plan', () => {
    expect(ended.get('photon-plan')).to.include({ state: 'rejected' });
    expect(ended.get('photon-plan')?.error).to.include({ code: 'plan.not-ion' });
  });

  it('mono-layer: one beam of one layer becomes RT Dose', async () => {
    const { beams } = await detail('mono-layer');
    expect(
      beams.map(({ number, machine, layers, spots, energyMinMeV }) => [number, machine, layers, spots, energyMinMeV]),
    ).to.deep.equal([[1, 'TR2', 1, 323, 160]]);
    expect(beams[0]?.meterset).to.be.closeTo(58414.5492229546, 1e-6);
    expect(delivered('mono-layer')).to.deep.equal(['RD.001.dcm', 'RD.plan.dcm', 'receipt.json']);
  });

  it('opposed-beams: two beams of 22 layers become RT Dose, and the history says that its structure set is another patient’s', async () => {
    const { beams, transitions } = await detail('opposed-beams');
    expect(transitions.map(({ reason }) => reason).join()).to.contain('not used, since it carries another patient ID');
    expect(
      beams.map(({ number, gantryAngleDeg, layers, spots }) => [number, gantryAngleDeg, layers, spots]),
    ).to.deep.equal([
      [1, 90, 22, 9218],
      [2, 270, 22, 9218],
    ]);
    expect(delivered('opposed-beams')).to.deep.equal(['RD.001.dcm', 'RD.002.dcm', 'RD.plan.dcm', 'receipt.json']);
  });

  it('four-fields: four beams of one layer become RT Dose', async () => {
    const { beams, receipts } = await detail('four-fields');
    expect(beams.map(({ number, energyMinMeV, spots }) => [number, energyMinMeV, spots])).to.deep.equal([
      [1, 80, 117],
      [2, 130, 117],
      [3, 160, 117],
      [4, 210, 117],
    ]);
    expect(receipts.map(({ status }) => status)).to.deep.equal(Array(5).fill('delivered'));
    expect(delivered('four-fields')).to.have.length(6);
  });

  it('leaves the inbox as it was', () => {
    expect(inboxPrint(service.inbox)).to.deep.equal(printBefore);
  });
});
