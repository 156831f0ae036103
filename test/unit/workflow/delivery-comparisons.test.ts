import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SettingsSchema } from '../../../src/config/settings.js';
import type { AcceptedCase } from '../../../src/domain/accepted-case.js';
import type { DeliveredBeamLayer } from '../../../src/domain/delivered-beam-layer.js';
import { transient } from '../../../src/domain/errors.js';
import { Folders } from '../../../src/domain/folders.js';
import type { IonPlan } from '../../../src/domain/plan.js';
import { DeliveryComparisons } from '../../../src/workflow/delivery-comparisons.js';
import { aCase } from '../../builders/a-case.js';
import { TYPICAL_CALIBRATION } from '../../builders/a-delivery-log.js';
import { aBeamModel } from '../../builders/a-pencil-beam-job.js';
import { accepted, anAcceptedDelivery } from '../../builders/an-accepted-case.js';
import { anIonPlan } from '../../builders/an-ion-plan.js';
import { FakeBeamModels } from '../../fakes/fake-beam-models.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeDeliveryReader } from '../../fakes/fake-delivery-reader.js';
import { FakeDeliveryStore } from '../../fakes/fake-delivery-store.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const layer = (energyMeV: number) => ({
  controlPointIndex: 0,
  energyMeV,
  paintings: 1,
  spotSizeFwhmMm: null,
  xMm: [0, 10],
  yMm: [0, 0],
  meterset: [1, 3],
});
const basic = anIonPlan();
const PLAN: IonPlan = {
  ...basic,
  metersetUnit: 'MU',
  beams: [{ ...basic.beams[0]!, beamNumber: 1, machine: 'G1', layers: [layer(150), layer(140)] }],
};
/** A layer delivered `offMm` off its planned places, at 100 counts per MU; `part` of the meterset. */
const delivered = (layerNumber: number, offMm = 0, part = 1): DeliveredBeamLayer => {
  const spot = (xMm: number, counts: number) => ({ xMm, yMm: offMm, counts: counts * part, durationMs: 1 });
  return { layerNumber, energyMeV: 150, parts: [{ spots: [spot(0, 100), spot(10, 300)], countsBeamOff: 0 }] };
};
/** 1e7 protons in a MU at 150 MeV. */
const MODEL = aBeamModel({
  name: 'generic',
  table: [{ ...aBeamModel().table[0]!, energyMeV: 150, protonsPerMu: 1e7 }],
});
const calibration = { ...TYPICAL_CALIBRATION, countsPerMu: 100 };
const one = anAcceptedDelivery({ folder: 'one', stopLayer: 2 });
const two = { ...one, folder: 'two', fraction: 2, startedAt: one.startedAt + 86_400_000 };
const context = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };

describe('planned against delivered', () => {
  const temp = tempFolder();

  function aComparer(logs: Readonly<Record<string, readonly DeliveredBeamLayer[]>>, counts: number | null = 100) {
    const folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'));
    const tables = new FakeTables();
    const store = new FakeDeliveryStore(tables);
    const reader = new FakeDeliveryReader([], new Map(Object.entries(logs)));
    const machines = [{ pattern: 'G1', beamModel: 'generic', calibration: { ...calibration, countsPerMu: counts } }];
    const settings = SettingsSchema.parse({ machines });
    const cases = new FakeCaseStore(tables);
    const models = new FakeBeamModels([MODEL]);
    const comparer = new DeliveryComparisons(reader, store, models, cases, settings, folders);
    const kase = aCase({ id: 'c1', state: 'validated' });
    const compare = (deliveries: AcceptedCase['deliveries'], of = kase, plan = PLAN): Promise<void> => {
      const deliveryStamps = Object.fromEntries(deliveries.map(({ folder }) => [folder, `stamp of ${folder}`]));
      const kept = accepted({ deliveries, deliveryStamps, referenceFraction: 1 });
      const inventory = { format: 'mqi-inventory/1', planPath: 'p', files: 1, bytes: 1, inputs: [] } as const;
      return comparer.compare(of, plan, { ...inventory, ...kept }, context);
    };
    return { compare, store, reader, tables, kase, report: folders.deliveryReport(kase) };
  }

  it('is stored for every beam of every fraction, not only of the one that is calculated, and written as a report', async () => {
    const logs = { one: [delivered(1), delivered(2, 0.5)], two: [delivered(1, 0, 0.5), delivered(2)] };
    const { compare, store, report } = aComparer(logs);
    await compare([one, two]);
    const rows = await store.ofCase('c1');
    expect(rows.map(({ fraction, problem }) => [fraction, problem])).to.deep.equal([[1, null], [2, null]]); // prettier-ignore
    const [first, second] = rows.map(({ comparison }) => comparison!.layers);
    expect(first![1]!.position).to.deep.equal({ meanMm: 0.5, sigmaMm: 0, maxMm: 0.5 });
    expect(first![1]!.metersetDifference).to.equal(0);
    expect(second![0]!.metersetDifference).to.equal(-2);
    expect(readFileSync(report, 'utf8').split('\r\n')).to.have.length(6);
  });

  it('repeated leaves the same rows and the same report', async () => {
    const { compare, store, report } = aComparer({ one: [delivered(1)] });
    await compare([one]);
    const before = [await store.ofCase('c1'), readFileSync(report, 'utf8')];
    await compare([one]);
    expect([await store.ofCase('c1'), readFileSync(report, 'utf8')]).to.deep.equal(before);
  });

  it('adds up a beam that was interrupted and resumed, and names the layers that are missing', async () => {
    const { compare, store } = aComparer({ one: [delivered(1, 0, 0.25)], resumed: [delivered(1, 0, 0.5)] });
    const resumed = { ...one, folder: 'resumed', startedAt: one.startedAt + 60_000, stopLayer: 1 };
    await compare([{ ...one, stopLayer: 1 }, resumed]);
    const [first, second] = await store.ofCase('c1');
    expect(first!.comparison!.layers.map(({ metersetDifference }) => metersetDifference)).to.deep.equal([-1]);
    expect(first!.comparison!.missingLayers).to.deep.equal([2]);
    expect(second).to.include({ folder: 'resumed', comparison: null, problem: null });
  });

  it('says nothing of MU where the machine’s counts per MU are not known', async () => {
    const { compare, store } = aComparer({ one: [delivered(1)] }, null);
    await compare([one]);
    expect((await store.ofCase('c1'))[0]!.comparison!.layers[0]).to.include({ counts: 400, deliveredMeterset: null });
  });

  it('counts protons where the plan does, as many to a MU as the beam model says, and none outside its table', async () => {
    const { compare, store, kase } = aComparer({ one: [delivered(1), delivered(2)] });
    await compare([one], kase, { ...PLAN, metersetUnit: 'NP' });
    const [first, second] = (await store.ofCase('c1'))[0]!.comparison!.layers;
    expect(first!.deliveredMeterset).to.be.closeTo(4e7, 1);
    expect(second!.deliveredMeterset).to.equal(null);
  });

  it('tells in words what cannot be compared, and stops nothing for it', async () => {
    const { compare, store, report } = aComparer({ strange: [], twice: [], again: [], longer: [] });
    const anomalous = { ...one, fraction: 3, fractionStatus: 'anomalous' } as const;
    await compare([
      { ...one, folder: 'damaged' },
      { ...one, folder: 'strange', beamNumber: 7 },
      { ...anomalous, folder: 'twice' },
      { ...anomalous, folder: 'again', startedAt: one.startedAt + 1 },
      { ...one, folder: 'longer', fraction: 4, stopLayer: 3 },
    ]);
    const problems = (await store.ofCase('c1')).map(({ folder, problem }) => [folder, problem]);
    expect(Object.fromEntries(problems)).to.deep.equal({
      damaged: 'PlanInfo.txt: is missing',
      strange: 'no treatment beam of the plan has this number',
      twice: 'delivered 2 times in a fraction that is anomalous: which one counts is not known',
      again: null,
      longer: '3 layers, but the plan has 2',
    });
    expect(existsSync(report)).to.equal(false);
  });

  it('is tried again, with nothing written, when the share does not answer', async () => {
    const { compare, store, reader } = aComparer({ one: [delivered(1)] });
    reader.error = transient('delivery.unreadable', 'away');
    expect(await rejection(compare([one]))).to.include({ code: 'delivery.unreadable' });
    expect(await store.ofCase('c1')).to.deep.equal([]);
  });

  it('of what an earlier run has compared is not read again when a later fraction is added', async () => {
    const { compare, store, reader, tables, kase } = aComparer({ one: [delivered(1)], two: [delivered(1)] });
    await compare([one]);
    const [before] = await store.ofCase('c1');
    tables.cases.set('c1', { ...kase, state: 'completed' });
    const later = aCase({ id: 'c2', folder: kase.folder, run: 2, state: 'validated', resultsOf: 'c1' });
    tables.cases.set('c2', later);
    (reader.delivered as Map<string, unknown>).delete('one'); // read again, it would be a problem
    await compare([one, two], later);
    const rows = await store.ofCase('c2');
    expect(rows.map(({ folder, problem }) => [folder, problem])).to.deep.equal([['one', null], ['two', null]]); // prettier-ignore
    expect(rows[0]!.comparison).to.deep.equal(before!.comparison);
  });

  it('forgets the deliveries that are no longer in the folder', async () => {
    const { compare, store } = aComparer({ one: [delivered(1)] });
    await compare([one]);
    await compare([]);
    expect(await store.ofCase('c1')).to.deep.equal([]);
  });
});
