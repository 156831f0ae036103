import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import {
  BeamInputSchema,
  SCHEMA_AGREES,
  beamInputJsonSchema,
} from '../../../../src/adapters/interpreters/beam-input-schema.js';
import { PlanInterpreter } from '../../../../src/adapters/interpreters/plan-interpreter.js';
import type { BeamModel } from '../../../../src/domain/beam-model.js';
import type { IonBeam, IonPlan } from '../../../../src/domain/plan.js';
import { protonsPerMu } from '../../../../src/domain/protons-per-mu.js';
import { aBeamModel } from '../../../builders/a-pencil-beam-job.js';
import { anIonBeam, anIonPlan } from '../../../builders/an-ion-plan.js';
import { FakeBeamModels } from '../../../fakes/fake-beam-models.js';
import { rejection } from '../../../rejection.js';

const entry = (energyMeV: number, perMu: number): BeamModel['table'][number] => ({
  energyMeV,
  energySpreadPercent: 1,
  sigmaAtIsocentreMm: [4, 4],
  divergenceMrad: [3, 3],
  protonsPerMu: perMu,
});
const generic = aBeamModel({
  name: 'generic',
  table: [entry(200, 4e6), entry(100, 2e6)],
  rangeShifters: { RS_5CM: 57 },
});
const interpret = (beam: Partial<IonBeam> = {}, plan: Partial<IonPlan> = {}) =>
  new PlanInterpreter(new FakeBeamModels([generic])).interpret(
    { id: 'c1', run: 2 },
    anIonPlan({ beams: [anIonBeam(beam)], ...plan }),
  );

describe('Engine input from the plan', () => {
  it('carries everything an engine needs, as the schema says', async () => {
    const [beam] = await interpret();
    expect(BeamInputSchema.parse(beam)).to.deep.equal(beam);
    expect(SCHEMA_AGREES).to.equal(true);
    expect(beam).to.include({
      caseId: 'c1',
      run: 2,
      beamModel: 'generic',
      patientPosition: 'HFS',
      fractionsPlanned: 30,
    });
    expect(beam).to.include({ gantryAngleDeg: 90, couchAngleDeg: 10, snoutPositionMm: 250, meterset: 200 });
  });

  it('turns MU into protons by the beam model at each energy, linear in between', async () => {
    const [beam] = await interpret();
    expect(beam?.layers.map((layer) => layer.protons)).to.deep.equal([
      [75e6, 225e6],
      [70e6, 210e6],
    ]);
    expect(beam?.protons).to.equal(580e6);
  });

  it('takes metersets in numbers of protons as they are', async () => {
    const [beam] = await interpret({}, { metersetUnit: 'NP' });
    expect([beam?.protons, beam?.metersetUnit]).to.deep.equal([200, 'NP']);
  });

  it('does not guess a monitor calibration outside the model’s energies', async () => {
    expect([protonsPerMu(generic, 100), protonsPerMu(generic, 99.9), protonsPerMu(generic, 200.1)]).to.deep.equal([
      2e6,
      null,
      null,
    ]);
    const layers = anIonBeam().layers.map((layer) => ({ ...layer, energyMeV: 230 }));
    const error = await rejection(interpret({ beamNumber: 4, layers }));
    expect(error).to.include({ code: 'engine.unsupported', severity: 'input' });
    expect(error).to.have.property('message').that.contains('beam 4: 230 MeV').and.contains('100 to 200 MeV');
  });

  it('takes a range shifter’s thickness from the plan, else from the model by its id, else refuses', async () => {
    const shifter = { number: 0, id: 'RS_5CM', waterEquivalentThicknessMm: null, isocentreDistanceMm: null };
    const thickness = async (change: object): Promise<number | undefined> =>
      (await interpret({ rangeShifters: [{ ...shifter, ...change }] }))[0]?.rangeShifters[0]
        ?.waterEquivalentThicknessMm;
    expect(await thickness({ waterEquivalentThicknessMm: 40 })).to.equal(40);
    expect(await thickness({})).to.equal(57);
    for (const id of ['RS_X', 'constructor']) {
      const error = await rejection(thickness({ id }));
      expect(error).to.have.property('code', 'plan.range-shifter');
      expect(error).to.have.property('message').that.contains('beam 1').and.contains('range shifter 0');
    }
  });

  it('refuses other particles, devices it does not model and unknown patient positions, naming the beam', async () => {
    const ions = await rejection(interpret({ radiationType: 'ION', unmodelled: ['aperture', 'moving gantry'] }));
    expect(ions).to.have.property(
      'message',
      'beam 1 has what is not modelled: a radiation other than protons, aperture, moving gantry',
    );
    expect(await rejection(interpret({}, { patientPosition: 'SITTING' }))).to.have.property(
      'code',
      'plan.patient-position',
    );
    expect(await rejection(interpret({}, { patientPosition: '' }))).to.have.property('code', 'plan.patient-position');
  });

  it('is described by the JSON Schema in docs', () => {
    const written: unknown = JSON.parse(
      readFileSync(new URL('../../../../../docs/beam-input.schema.json', import.meta.url), 'utf8'),
    );
    expect(written).to.deep.equal(JSON.parse(JSON.stringify(beamInputJsonSchema())));
  });
});
