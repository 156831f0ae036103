import { expect } from 'chai';
import { AutoInterpreter } from '../../../../src/adapters/interpreters/auto-interpreter.js';
import { BeamInputSchema } from '../../../../src/adapters/interpreters/beam-input-schema.js';
import { PlanInterpreter } from '../../../../src/adapters/interpreters/plan-interpreter.js';
import { ShiLogInterpreter } from '../../../../src/adapters/interpreters/shi-log-interpreter.js';
import type { Accepted } from '../../../../src/domain/accepted-case.js';
import type { DeliveredBeamLayer } from '../../../../src/domain/delivered-beam-layer.js';
import type { DeliveredSpot } from '../../../../src/domain/delivered-spots.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Machine } from '../../../../src/domain/machine.js';
import type { IonBeam, IonPlan } from '../../../../src/domain/plan.js';
import { A_CALIBRATED_MACHINE } from '../../../builders/a-machine.js';
import { aBeamModel } from '../../../builders/a-pencil-beam-job.js';
import { accepted, anAcceptedDelivery } from '../../../builders/an-accepted-case.js';
import { anIonBeam, anIonPlan } from '../../../builders/an-ion-plan.js';
import { FakeBeamModels } from '../../../fakes/fake-beam-models.js';
import { FakeDeliveryReader } from '../../../fakes/fake-delivery-reader.js';
import { rejection } from '../../../rejection.js';

const aSpot = (xMm: number, yMm: number, counts: number): DeliveredSpot => ({ xMm, yMm, counts, durationMs: 1 });
const aLayer = (layerNumber: number, energyMeV: number, ...parts: readonly (readonly DeliveredSpot[])[]) => ({
  layerNumber,
  energyMeV,
  parts: parts.map((spots) => ({ spots, countsBeamOff: 7 })),
});
/** 500 counts are a MU. Planned: two layers at 150 and 140 MeV of 25 and 75 MU. */
const LAYERS = [
  aLayer(1, 150, [aSpot(-5.1, 2.5, 12_500), aSpot(5, -2.5, 37_500)]),
  aLayer(2, 140.1, [aSpot(-5, 2.4, 12_000), aSpot(1, 1, 0), aSpot(5, -2.5, 37_500)]),
];
const entry = (energyMeV: number, protons: number) => ({
  energyMeV,
  energySpreadPercent: 1,
  sigmaAtIsocentreMm: [4, 4] as const,
  divergenceMrad: [3, 3] as const,
  protonsPerMu: protons,
});
const generic = aBeamModel({ name: 'generic', table: [entry(100, 2e6), entry(200, 4e6)] });
const WHOLE = accepted({ deliveries: [anAcceptedDelivery({ folder: 'a' })], referenceFraction: 1 });
const kase = { id: 'c1', run: 2, inbox: '', folder: 'case' };
const never = new AbortController().signal;
const folders = new Folders('/root', '/inbox');
const withMachine = (change: Partial<Machine>): readonly Machine[] => [{ ...A_CALIBRATED_MACHINE, ...change }];

interface Given {
  readonly delivered?: ReadonlyMap<string, readonly DeliveredBeamLayer[]>;
  readonly machines?: readonly Machine[];
  readonly plan?: Partial<IonPlan>;
  readonly beam?: Partial<IonBeam>;
  readonly accepted?: Accepted;
}

const aPlan = ({ plan = {}, beam = {} }: Given): IonPlan => anIonPlan({ beams: [anIonBeam(beam)], ...plan });
const anInterpreter = (given: Given): ShiLogInterpreter =>
  new ShiLogInterpreter(
    new FakeBeamModels([generic]),
    new FakeDeliveryReader([], given.delivered ?? new Map([['a', LAYERS]])),
    { folders, machines: given.machines ?? [A_CALIBRATED_MACHINE], spotToleranceMm: 0.5 },
  );
const interpret = (given: Given = {}) =>
  anInterpreter(given).interpret(kase, aPlan(given), given.accepted ?? WHOLE, never);
const NO_COUNTS_PER_MU = withMachine({ calibration: { ...A_CALIBRATED_MACHINE.calibration!, countsPerMu: null } });

describe('Engine input from delivery logs', () => {
  it('has the shape of that from the plan, with spots where and as strong as they were delivered', async () => {
    const [beam] = await interpret();
    expect(BeamInputSchema.parse(beam)).to.deep.equal(beam);
    expect(beam?.layers.map(({ xMm, yMm, meterset }) => [xMm, yMm, meterset])).to.deep.equal([
      [
        [-5.1, 5],
        [2.5, -2.5],
        [25, 75],
      ],
      [
        [-5, 5],
        [2.4, -2.5],
        [24, 75],
      ],
    ]);
    expect(beam?.meterset).to.equal(199);
  });

  it('takes energies, spot sizes, geometry and all else from the plan', async () => {
    const [beam] = await interpret();
    const [planned] = await new PlanInterpreter(new FakeBeamModels([generic])).interpret(kase, aPlan({}));
    const { meterset, protons, layers } = beam!;
    const others = { meterset, protons, layers };
    expect({ ...planned!, ...others }).to.deep.equal(beam);
    expect([meterset, protons]).to.deep.equal([199, 25 * 3e6 + 75 * 3e6 + 24 * 2.8e6 + 75 * 2.8e6]);
    expect(layers.map(({ energyMeV, spotSizeFwhmMm }) => [energyMeV, spotSizeFwhmMm])).to.deep.equal(
      planned!.layers.map(({ energyMeV, spotSizeFwhmMm }) => [energyMeV, spotSizeFwhmMm]),
    );
  });

  it('gives the same bytes when it is repeated', async () => {
    expect(JSON.stringify(await interpret())).to.equal(JSON.stringify(await interpret()));
  });

  it('adds up the parts of a layer in which the machine stopped and went on', async () => {
    const delivered = new Map([
      ['a', [aLayer(1, 150, [aSpot(-5, 2.5, 12_500)])]],
      ['b', [aLayer(1, 150, [aSpot(5, -2.5, 37_500)]), LAYERS[1]!]],
    ]);
    const deliveries = ['a', 'b'].map((folder) => anAcceptedDelivery({ folder }));
    const [beam] = await interpret({ delivered, accepted: accepted({ deliveries, referenceFraction: 1 }) });
    expect(beam?.layers[0]?.meterset).to.deep.equal([25, 75]);
  });

  it('uses the deliveries of the reference fraction only', async () => {
    const deliveries = [1, 2, 3].map((fraction) =>
      anAcceptedDelivery({ fraction, folder: fraction === 2 ? 'a' : 'not there' }),
    );
    const [beam] = await interpret({ accepted: accepted({ deliveries, referenceFraction: 2 }) });
    expect(beam?.meterset).to.equal(199);
  });

  it('scales what was delivered to the planned total where the counts per MU are not known', async () => {
    const [beam] = await interpret({ machines: NO_COUNTS_PER_MU });
    expect(beam?.meterset).to.be.closeTo(200, 1e-9);
    expect(beam?.layers[0]?.meterset[0]).to.be.closeTo((25 * 200) / 199, 1e-9);
  });

  it('turns counts into protons by the beam model where the plan counts protons, since counts are MU', async () => {
    const layers = [150, 140].map((energyMeV, i) => ({ ...anIonBeam().layers[i]!, energyMeV, meterset: [1e9, 3e9] }));
    const plan = { metersetUnit: 'NP' as const };
    const [beam] = await interpret({ plan: { ...plan, beams: [anIonBeam({ meterset: 8e9, layers })] } });
    expect(beam?.layers[0]?.meterset).to.deep.equal([25 * 3e6, 75 * 3e6]);
    expect(beam?.layers[0]?.protons).to.deep.equal(beam?.layers[0]?.meterset);
    const given = { plan: { ...plan, beams: [anIonBeam({ meterset: 8e9, layers })] }, machines: NO_COUNTS_PER_MU };
    const [scaled] = await interpret(given);
    expect(scaled?.meterset).to.be.closeTo(8e9, 1);
    // 100 MU at 3e6 protons against 99 MU at 2.8e6.
    const sum = (index: number): number => scaled!.layers[index]!.meterset.reduce((a, b) => a + b, 0);
    expect(sum(0) / sum(1)).to.be.closeTo((100 * 3e6) / (99 * 2.8e6), 1e-9);
  });

  const refusals: readonly [string, Given, string, RegExp][] = [
    [
      'logs at another energy than the plan’s',
      { delivered: new Map([['a', [LAYERS[0]!, aLayer(2, 141, [aSpot(0, 0, 1)])]]]) },
      'delivery.energy-mismatch',
      /^beam 1: layer 2 was delivered at 141 MeV, but the plan has 140 MeV$/,
    ],
    [
      'a layer without logs',
      { delivered: new Map([['a', LAYERS.slice(1)]]) },
      'delivery.log',
      /^beam 1: layer 1 has no logs$/,
    ],
    [
      'a layer in which the beam was never on',
      { delivered: new Map([['a', [LAYERS[0]!, aLayer(2, 140, [aSpot(0, 0, 0)])]]]) },
      'delivery.no-beam',
      /^beam 1: the logs of layer 2 have no row with the beam on$/,
    ],
    ['logs that went away', { delivered: new Map() }, 'delivery.log', /missing/],
    ['what no engine models', { beam: { unmodelled: ['aperture'] } }, 'engine.unsupported', /aperture/],
    [
      'a machine without calibration',
      { machines: withMachine({ calibration: null }) },
      'delivery.no-calibration',
      /no calibration/,
    ],
    ['a machine that no entry fits', { machines: [] }, 'delivery.no-calibration', /no entry of machines fits/],
    ['a case that was checked without its logs', { accepted: accepted() }, 'work.damaged', /without its delivery logs/],
  ];
  for (const [what, given, code, message] of refusals) {
    it(`refuses ${what}`, async () => {
      const error = await rejection(interpret(given));
      expect(error).to.have.property('code', code);
      expect(error).to.have.property('message').that.matches(message);
    });
  }

  it('stops when it is told to', async () => {
    const stopped = anInterpreter({}).interpret(kase, aPlan({}), WHOLE, AbortSignal.abort());
    expect(await rejection(stopped)).to.have.property('name', 'AbortError');
  });

  it('is chosen by auto where validation accepted logs, and the plan where it did not', async () => {
    const auto = new AutoInterpreter(new PlanInterpreter(new FakeBeamModels([generic])), anInterpreter({}));
    const [delivered] = await auto.interpret(kase, aPlan({}), WHOLE, never);
    const [planned] = await auto.interpret(kase, aPlan({}), accepted(), never);
    expect([delivered?.meterset, planned?.meterset]).to.deep.equal([199, 200]);
  });
});
