import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SyntheticCaseMaker } from '../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import type { CaseDetailView } from '../../src/workflow/case-view.js';
import { A_CALIBRATED_MACHINE } from '../builders/a-machine.js';
import { Service } from './service.js';

const CASE = 'two fractions';
const FIRST_DAY = '20250424';
const ROW_BYTES = 16;
const COUNTS_AT = 8;

/** Names, contents' sizes and times of the RT Dose files in a folder. */
const dosesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.dcm'))
    .map(
      (name) => `${name} ${String(statSync(join(folder, name)).mtimeMs)} ${String(statSync(join(folder, name)).ino)}`,
    );

describe('later fractions of a completed case, in the running service', function () {
  this.timeout(180_000);
  const service = new Service({
    machines: [A_CALIBRATED_MACHINE],
    intake: { quietSeconds: 0.5, pollSeconds: 1, minFreeGiB: 0 },
  });
  const dropped = join(service.inbox, CASE);
  const outbox = join(service.outbox, CASE);
  let first: CaseDetailView;
  let doses: readonly string[];

  /** What the machine would record of the same beams on another day; `change` is done to each layer of them. */
  function deliver(day: string, change: (layer: Buffer) => Buffer): void {
    const made = join(service.place, day);
    mkdirSync(made);
    for (const folder of readdirSync(dropped).filter((name) => name.startsWith(FIRST_DAY))) {
      const to = join(made, folder.replace(FIRST_DAY, day));
      mkdirSync(to);
      for (const name of readdirSync(join(dropped, folder))) {
        const bytes = readFileSync(join(dropped, folder, name));
        const text = (): string => bytes.toString('latin1').replaceAll(FIRST_DAY, day);
        writeFileSync(join(to, name), name.endsWith('.ptn') ? change(bytes) : text());
      }
    }
    // In one move, as a copy that ends is seen.
    renameSync(made, join(dropped, day));
  }
  const untilRun = async (run: number): Promise<CaseDetailView> => {
    await service.untilCases(
      `run ${String(run)} to end`,
      [CASE],
      (kase) => kase.run === run && kase.finishedAt !== null,
    );
    return service.case(CASE);
  };
  const report = (folder: string): string => readFileSync(join(folder, 'delivery-report.csv'), 'utf8');
  const rows = (csv: string): number => csv.split('\r\n').length - 2;

  before(async () => {
    const wanted = { beams: 2, layers: 3, spotsPerLayer: 9, withCt: false, withDeliveryLogs: true, seed: 3 };
    await new SyntheticCaseMaker().make(dropped, wanted);
    service.start();
    first = await untilRun(1);
    doses = dosesIn(outbox);
  });
  after(() => service.end());

  it('the first fraction is calculated, compared beam by beam and reported beside the doses', () => {
    expect(first).to.include({
      state: 'completed',
      resultsOf: null,
      deliveryReport: `work/${first.id}/1/delivery-report.csv`,
    });
    expect(
      first.deliveries.map(({ fraction, beamNumber, missingLayers }) => [fraction, beamNumber, missingLayers]),
    ).to.deep.equal(first.beams.map(({ number }) => [1, number, []]));
    for (const { positionMaxMm, metersetDifferencePercent } of first.deliveries) {
      expect(positionMaxMm).to.be.lessThan(0.02);
      expect(Math.abs(metersetDifferencePercent!)).to.be.lessThan(2);
    }
    expect(doses).to.have.length(3);
    expect(rows(report(outbox))).to.equal(6);
    expect(report(outbox))
      .to.equal(report(join(service.root, 'work', first.id, '1')))
      .and.not.to.contain('SYNTHETIC');
  });

  it('the second is compared, no engine is started and no dose is touched', async () => {
    deliver('20250425', (layer) => {
      const less = Buffer.from(layer);
      for (let at = COUNTS_AT; at < less.length; at += ROW_BYTES) {
        less.writeUInt16BE(Math.round(less.readUInt16BE(at) / 2), at);
      }
      return less;
    });
    const second = await untilRun(2);
    expect(second).to.include({ state: 'completed', resultsOf: first.id, beamsDone: 2 });
    const ofSecond = second.deliveries.filter(({ fraction }) => fraction === 2);
    expect(second.deliveries).to.have.length(4);
    for (const { metersetDifferencePercent } of ofSecond) expect(metersetDifferencePercent).to.be.closeTo(-50, 2);
    expect(second.transitions.map(({ reason }) => reason).join()).to.contain(`the doses of case ${first.id} stand`);

    expect(second.attempts.filter(({ beamNumber }) => beamNumber !== null)).to.deep.equal([]);
    expect(existsSync(join(service.root, 'work', second.id, '1', 'beam-001'))).to.equal(false);
    expect(dosesIn(outbox)).to.deep.equal(doses);
    expect(readdirSync(outbox).filter((name) => name.startsWith('run-'))).to.deep.equal([]);
    expect(second.receipts).to.deep.equal(first.receipts);
    expect(rows(report(outbox))).to.equal(12);
    await service.mqi('db', 'check');
  });

  it('a service that is killed over a further fraction comes back to the same end', async () => {
    deliver('20250426', (layer) => layer);
    await service.untilCases('run 3', [CASE], ({ run }) => run === 3);
    process.kill(service.pid, 'SIGKILL');
    await service.ended();
    service.start();
    const third = await untilRun(3);
    expect(third).to.include({ state: 'completed', resultsOf: first.id });
    expect(third.deliveries.map(({ fraction }) => fraction)).to.deep.equal([1, 1, 2, 2, 3, 3]);
    expect(third.attempts.filter(({ beamNumber }) => beamNumber !== null)).to.deep.equal([]);
    expect(dosesIn(outbox)).to.deep.equal(doses);
    expect(rows(report(outbox))).to.equal(18);
  });

  it('a rerun that is asked for is calculated, with UIDs of its own', async () => {
    await service.mqi('rerun', CASE);
    const fourth = await untilRun(4);
    expect(fourth).to.include({ state: 'completed', resultsOf: null });
    expect(fourth.attempts.filter(({ beamNumber }) => beamNumber !== null)).to.have.length(2);
    const uids = (kase: CaseDetailView): readonly string[] => kase.receipts.map(({ sopInstanceUid }) => sopInstanceUid);
    expect(uids(fourth)).not.to.include.members([...uids(first)]);
    expect(dosesIn(join(outbox, 'run-1'))).to.have.length(3);
    expect([rows(report(outbox)), rows(report(join(outbox, 'run-1')))]).to.deep.equal([18, 18]);
    await service.mqi('db', 'check');
  });
});
