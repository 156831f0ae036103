import { join } from 'node:path';
import { expect } from 'chai';
import { DicomCaseReader } from '../../../src/adapters/dicom/reading/dicom-case-reader.js';
import { acceptCase, choosePlan } from '../../../src/domain/acceptance.js';
import type { Inventory } from '../../../src/domain/inventory.js';
import type { IonPlan } from '../../../src/domain/plan.js';
import { rejection } from '../../rejection.js';
import { sharedData } from '../../shared-data.js';

type Row = readonly [
  number: number,
  name: string,
  machine: string,
  gantry: number,
  controlPoints: number,
  layers: number,
  spots: number,
  minMeV: number,
  maxMeV: number,
  finalWeight: number,
  meterset: number,
];

/** The table of the data's README, checked there with two independent toolkits. */
const PLANS: Readonly<Record<string, readonly Row[]>> = {
  'head-phantom': [
    [1, 'Field 1', 'TR3', 0, 48, 24, 659, 110.297, 186.197, 2888.35, 5199.03],
    [2, 'Field 2', 'TR3', 0, 38, 19, 624, 97.52, 156.92, 3073.661111, 5532.589989],
    [3, 'Field 3', 'TR3', 0, 38, 19, 624, 94.714, 154.114, 2625.627778, 4726.129995],
  ],
  'mono-layer': [[1, 'Field 1', 'TR2', 0, 2, 1, 323, 160, 160, 6847.778384, 58414.5492229546]],
  'opposed-beams': [
    [1, 'b1', 'TR3', 90, 44, 22, 9218, 83.5, 149.4, 39294.15, 39294.15],
    [2, 'b2', 'TR3', 270, 44, 22, 9218, 83.5, 149.4, 39294.15, 39294.15],
  ],
  'four-fields': [80, 130, 160, 210].map((energy, i): Row => [
    i + 1,
    `Field_${String(i + 1)}`,
    'TR3',
    0,
    2,
    1,
    117,
    energy,
    energy,
    1170,
    2340,
  ]),
};

const rowsOf = (plan: IonPlan): readonly Row[] =>
  plan.beams.map((beam) => {
    const energies = beam.layers.map((layer) => layer.energyMeV);
    return [
      beam.beamNumber,
      beam.name,
      beam.machine,
      beam.gantryAngleDeg,
      beam.controlPoints,
      beam.layers.length,
      beam.layers.reduce((sum, layer) => sum + layer.meterset.length, 0),
      Math.min(...energies),
      Math.max(...energies),
      beam.finalCumulativeMetersetWeight,
      beam.meterset,
    ];
  });

describe('Published plans', () => {
  const data = sharedData();
  const reader = new DicomCaseReader({ maxFiles: 1000, maxBytes: 2 ** 30 });
  after(() => reader.close());
  before(function () {
    if (data === null) this.skip();
  });

  const look = (name: string): Promise<Inventory> =>
    reader.inventory(join(data ?? '', name), new AbortController().signal);
  const read = async (name: string): Promise<{ found: Inventory; plan: IonPlan }> => {
    const found = await look(name);
    return { found, plan: await reader.plan(join(data ?? '', name, choosePlan(found).path)) };
  };

  for (const [name, rows] of Object.entries(PLANS)) {
    it(`${name}: every beam has the layers, spots, energies and metersets two other toolkits found`, async () => {
      const { plan } = await read(name);
      expect(rowsOf(plan)).to.deep.equal(rows);
      for (const beam of plan.beams) {
        const sum = beam.layers.reduce((total, layer) => total + layer.meterset.reduce((a, b) => a + b, 0), 0);
        expect(sum / beam.meterset).to.be.closeTo(1, 1e-5);
      }
      expect(plan.remarks).to.deep.equal([]);
    });
  }

  it('head-phantom: its range shifter is in, 57 mm thick', async () => {
    const { plan } = await read('head-phantom');
    const [shifter] = plan.beams[0]?.rangeShifters ?? [];
    expect(shifter).to.include({ number: 1, id: 'RS_5CM', waterEquivalentThicknessMm: 57 });
    expect(shifter?.isocentreDistanceMm).to.be.closeTo(275.531, 1e-3);
  });

  it('head-phantom: waits for 167 of 177 CT slices, and says where they should lie', async () => {
    const { found, plan } = await read('head-phantom');
    expect(acceptCase(found, plan, 'auto')).to.deep.equal({
      do: 'wait',
      waitingFor: 'a complete CT: 10 of 177 slices, missing z = -139 to -16 and 0.5 to 125 mm (167 slices)',
    });
  });

  it('head-phantom: the structure set the plan refers to is not the one beside it, which is said', async () => {
    const { found, plan } = await read('head-phantom');
    const outcome = acceptCase(found, plan, 'water-phantom');
    expect(outcome).to.have.deep.property('remarks', [
      'the structure set the plan refers to is not in the folder; the one there is another',
    ]);
  });

  for (const name of ['mono-layer', 'four-fields']) {
    it(`${name}: is accepted, to be calculated in water`, async () => {
      const { found, plan } = await read(name);
      const outcome = acceptCase(found, plan, 'auto');
      expect(outcome).to.include({ do: 'accept' }).and.to.deep.include({ ctSlices: [], remarks: [] });
    });
  }

  it('opposed-beams: is accepted, without its structure set, which carries another patient ID than its plan', async () => {
    const { found, plan } = await read('opposed-beams');
    expect(found.structureSets.some(({ patientId }) => patientId === plan.patientId)).to.equal(false);
    const outcome = acceptCase(found, plan, 'auto');
    expect(outcome).to.include({ do: 'accept' });
    expect(outcome)
      .to.have.property('remarks')
      .that.satisfies(([first]: string[]) => first?.startsWith('not used'));
  });

  it('photon-plan: is rejected as no ion plan, by the name of its file', async () => {
    const error = await rejection(look('photon-plan').then(choosePlan));
    expect(error).to.include({ severity: 'input', code: 'plan.not-ion' });
    expect(error).to.have.property('message').that.contains('rtplan.dcm');
  });
});
