import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { BeamInputSchema } from '../../../../src/adapters/interpreters/beam-input-schema.js';
import { PlanInterpreter } from '../../../../src/adapters/interpreters/plan-interpreter.js';
import { SettingsSchema } from '../../../../src/config/settings.js';
import { formatAcceptedCase } from '../../../../src/domain/accepted-case.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Geometry } from '../../../../src/domain/geometry.js';
import type { CtSlice } from '../../../../src/domain/inventory.js';
import type { IonPlan } from '../../../../src/domain/plan.js';
import type { StepContext } from '../../../../src/ports/step.js';
import { DeliveryComparisons } from '../../../../src/workflow/delivery-comparisons.js';
import { InterpretStep } from '../../../../src/workflow/steps/interpret.js';
import { accepted } from '../../../builders/an-accepted-case.js';
import { aCase } from '../../../builders/a-case.js';
import { aBeamModel } from '../../../builders/a-pencil-beam-job.js';
import { aCtSlice, aPlanFile, anInventory } from '../../../builders/an-inventory.js';
import { anIonBeam, anIonPlan } from '../../../builders/an-ion-plan.js';
import { FakeBeamModels } from '../../../fakes/fake-beam-models.js';
import { FakeCaseStore } from '../../../fakes/fake-case-store.js';
import { FakeDeliveryReader } from '../../../fakes/fake-delivery-reader.js';
import { FakeDeliveryStore } from '../../../fakes/fake-delivery-store.js';
import { FakeCaseReader } from '../../../fakes/fake-case-reader.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

const context: StepContext = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };
const ONE_ISOCENTRE = { beams: [anIonBeam(), anIonBeam({ beamNumber: 12 })] };
const TWO_BEAMS = { beams: [anIonBeam(), anIonBeam({ beamNumber: 12, isocentreMm: [0, 50, 0] })] };

describe('Interpret step', () => {
  const temp = tempFolder();

  function aStep(ctSlices: readonly CtSlice[], plan: Partial<IonPlan> = TWO_BEAMS) {
    const folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'));
    const kase = aCase({ state: 'validated' });
    mkdirSync(dirname(folders.inventory(kase)), { recursive: true });
    writeFileSync(folders.inventory(kase), formatAcceptedCase(anInventory(), aPlanFile(), accepted({ ctSlices })));
    const reader = new FakeCaseReader(anInventory(), anIonPlan(plan));
    const models = new FakeBeamModels([aBeamModel({ name: 'generic' })]);
    const interpreter = new PlanInterpreter(models);
    const settings = SettingsSchema.parse({});
    const store = new FakeDeliveryStore();
    const logs = new FakeDeliveryReader();
    const comparisons = new DeliveryComparisons(logs, store, models, new FakeCaseStore(), settings, folders);
    const step = new InterpretStep(reader, interpreter, settings, folders, comparisons);
    const geometry = (beam: number) => JSON.parse(readFileSync(folders.geometry(kase, beam), 'utf8')) as Geometry;
    return { step, kase, reader, folders, geometry };
  }

  it('writes beam.json, as its schema says, and geometry.json for each beam under its own number', async () => {
    const { step, kase, folders, reader } = aStep([], ONE_ISOCENTRE);
    expect(await step.run(kase, context)).to.deep.equal({ do: 'advance' });
    expect(reader.planPaths).to.deep.equal([folders.planCopy(kase)]);
    for (const number of [1, 12]) {
      const beam = BeamInputSchema.parse(JSON.parse(readFileSync(folders.beamInput(kase, number), 'utf8')));
      expect([beam.beamNumber, beam.caseId]).to.deep.equal([number, kase.id]);
      expect(readdirSync(folders.beam(kase, number)).sort()).to.deep.equal(['beam.json', 'geometry.json']);
    }
  });

  it('writes no input for an engine where the doses of an earlier run stand', async () => {
    const { step, kase, folders } = aStep([], ONE_ISOCENTRE);
    expect(await step.run({ ...kase, resultsOf: 'c1' }, context)).to.deep.equal({ do: 'advance' });
    expect(existsSync(folders.beam(kase, 1))).to.equal(false);
  });

  it('sets a water phantom to the isocentre of each beam when there is no CT', async () => {
    const { step, kase, geometry, reader } = aStep([], ONE_ISOCENTRE);
    await step.run(kase, context);
    expect(geometry(1).phantom?.minMm).to.deep.equal([-149, -2, -146.5]);
    expect(geometry(12)).to.deep.equal(geometry(1));
    expect(geometry(1).frameOfReferenceUid).to.equal('1.2.3.4.9');
    expect(reader.ctTargets).to.deep.equal([]);
  });

  it('refuses beams of several isocentres without CT, whose doses could not be added up', async () => {
    const { step, kase } = aStep([], TWO_BEAMS);
    const error = await rejection(step.run(kase, context));
    expect(error).to.include({ code: 'geometry.several-isocentres', severity: 'input' });
    expect((error as Error).message).to.contain('beams 1 and 12');
  });

  it('stacks the CT once and puts every beam on it', async () => {
    const { step, kase, geometry, reader, folders } = aStep([aCtSlice(0), aCtSlice(3)]);
    await step.run(kase, context);
    expect(reader.ctTargets).to.deep.equal([folders.ctImage(kase)]);
    expect(geometry(1)).to.deep.equal(geometry(12));
    expect(geometry(1)).to.include({ kind: 'ct', ctPath: folders.ctImage(kase), setToBeam: false, phantom: null });
    expect(geometry(1).doseGrid).to.deep.equal({ originMm: [-9.5, -20, 0], spacingMm: [2, 2, 3], size: [3, 4, 2] });
  });

  it('writes the same bytes when it is repeated, so a job that reads them sees no change', async () => {
    const { step, kase, folders } = aStep([aCtSlice(0), aCtSlice(3)]);
    const files = () =>
      [folders.beamInput(kase, 12), folders.geometry(kase, 12)].map((file) => readFileSync(file, 'utf8'));
    await step.run(kase, context);
    const before = files();
    await step.run(kase, context);
    expect(files()).to.deep.equal(before);
  });

  it('refuses what no engine models before it writes anything for that case', async () => {
    const { step, kase, folders } = aStep([], {
      beams: [anIonBeam(), anIonBeam({ beamNumber: 2, unmodelled: ['aperture'] })],
    });
    const error = await rejection(step.run(kase, context));
    expect(error).to.include({ code: 'engine.unsupported', severity: 'input' });
    expect(readdirSync(folders.work(kase))).to.deep.equal(['inventory.json']);
  });

  it('asks to validate again when its own record is gone or damaged', async () => {
    const { step, kase, folders } = aStep([], ONE_ISOCENTRE);
    for (const text of ['{"format":', 'null']) {
      writeFileSync(folders.inventory(kase), text);
      expect(await rejection(step.run(kase, context))).to.include({ code: 'work.damaged', severity: 'permanent' });
    }
    const { step: other } = aStep([], ONE_ISOCENTRE);
    expect(await rejection(other.run(aCase(), context))).to.include({ code: 'work.damaged' });
  });
});
