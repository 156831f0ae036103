import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { YamlBeamModels } from '../../../src/adapters/beam-models/yaml-beam-models.js';
import { ShiDeliveryReader } from '../../../src/adapters/deliveries/shi-delivery-reader.js';
import { DicomCaseReader } from '../../../src/adapters/dicom/reading/dicom-case-reader.js';
import { SyntheticCaseMaker } from '../../../src/adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { BeamInputSchema } from '../../../src/adapters/interpreters/beam-input-schema.js';
import { AutoInterpreter } from '../../../src/adapters/interpreters/auto-interpreter.js';
import { PlanInterpreter } from '../../../src/adapters/interpreters/plan-interpreter.js';
import { ShiLogInterpreter } from '../../../src/adapters/interpreters/shi-log-interpreter.js';
import { SettingsSchema } from '../../../src/config/settings.js';
import { Folders } from '../../../src/domain/folders.js';
import type { Geometry } from '../../../src/domain/geometry.js';
import { parseMetaImageHeader } from '../../../src/dose/meta-image.js';
import type { StepContext } from '../../../src/ports/step.js';
import { DeliveryLogs } from '../../../src/workflow/delivery-logs.js';
import { PlanTwins } from '../../../src/workflow/plan-twins.js';
import { DeliveryComparisons } from '../../../src/workflow/delivery-comparisons.js';
import { FurtherDeliveries } from '../../../src/workflow/further-deliveries.js';
import { InterpretStep } from '../../../src/workflow/steps/interpret.js';
import { SettledContent } from '../../../src/workflow/settled-content.js';
import { ValidateStep } from '../../../src/workflow/steps/validate.js';
import { aCase } from '../../builders/a-case.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeDeliveryStore } from '../../fakes/fake-delivery-store.js';
import { A_CALIBRATED_MACHINE } from '../../builders/a-machine.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeManifestCheck } from '../../fakes/fake-manifest-check.js';
import { FakeTables } from '../../fakes/fake-tables.js';
import { tempFolder } from '../../temp-folder.js';

const PROJECT_TOP = new URL('../../../../', import.meta.url).pathname;

describe('A synthetic case', () => {
  const temp = tempFolder();
  const reader = new DicomCaseReader({ maxFiles: 1000, maxBytes: 2 ** 30 });
  const context: StepContext = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };
  after(() => reader.close());

  for (const withCt of [true, false]) {
    it(`is validated and interpreted ${withCt ? 'on its CT' : 'in water'} from the files alone`, async () => {
      const folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'));
      const kase = aCase({ folder: 'made' });
      const wanted = { beams: 3, layers: 4, spotsPerLayer: 9, withCt, withDeliveryLogs: true, seed: 1 };
      await new SyntheticCaseMaker().make(folders.dropped(kase), wanted);
      const settings = SettingsSchema.parse({});
      const models = new YamlBeamModels({
        folder: join(PROJECT_TOP, 'config/beam-models'),
        machines: settings.machines,
      });

      const clock = new FakeClock();
      const cases = new FakeCaseStore(new FakeTables({ cases: [kase] }));
      const twins = new PlanTwins(cases, folders, settings, clock, new FakeInboxes());
      const logs = new DeliveryLogs(new ShiDeliveryReader(), clock, settings, folders);
      const further = new FurtherDeliveries(cases, new FakeBeamStore(), clock, settings);
      const inboxes = new FakeInboxes();
      inboxes.of().watcher.drop(kase.folder, kase.fingerprint);
      const content = new SettledContent(inboxes, cases, clock, settings);
      const validate = new ValidateStep(
        reader,
        new FakeManifestCheck(),
        clock,
        settings,
        folders,
        cases,
        twins,
        logs,
        further,
        content,
      );
      const outcome = await validate.run(kase, context);
      const figures = outcome.do === 'advance' ? (outcome.beams ?? []) : [];
      expect(figures.map(({ layers, spots }) => [layers, spots])).to.deep.equal([
        [4, 36],
        [4, 36],
        [4, 36],
      ]);

      const store = new FakeDeliveryStore();
      const compared = new DeliveryComparisons(new ShiDeliveryReader(), store, models, cases, settings, folders);
      const interpret = new InterpretStep(reader, new PlanInterpreter(models), settings, folders, compared);
      expect(await interpret.run(kase, context)).to.deep.equal({ do: 'advance' });
      for (const { beamNumber, meterset } of figures) {
        const beam = BeamInputSchema.parse(JSON.parse(readFileSync(folders.beamInput(kase, beamNumber), 'utf8')));
        const geometry = JSON.parse(readFileSync(folders.geometry(kase, beamNumber), 'utf8')) as Geometry;
        const sum = beam.layers.flatMap((layer) => layer.meterset).reduce((a, b) => a + b, 0);
        expect(sum).to.be.closeTo(meterset, 1e-5 * meterset);
        expect(geometry.kind).to.equal(withCt ? 'ct' : 'water-phantom');
      }
      if (withCt) {
        const header = parseMetaImageHeader(readFileSync(folders.ctImage(kase)));
        expect(header.elementType).to.equal('MET_SHORT');
      }
    });
  }

  it('with delivery logs is interpreted from them, to the resolution of a count, and the same when repeated', async () => {
    const folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'));
    const kase = aCase({ folder: 'logs' });
    const wanted = { beams: 2, layers: 4, spotsPerLayer: 9, withCt: false, withDeliveryLogs: true, seed: 1 };
    await new SyntheticCaseMaker().make(folders.dropped(kase), wanted);
    const settings = SettingsSchema.parse({ machines: [A_CALIBRATED_MACHINE] });
    const models = new YamlBeamModels({ folder: join(PROJECT_TOP, 'config/beam-models'), machines: settings.machines });
    const clock = new FakeClock();
    const cases = new FakeCaseStore(new FakeTables({ cases: [kase] }));
    const twins = new PlanTwins(cases, folders, settings, clock, new FakeInboxes());
    const logs = new DeliveryLogs(new ShiDeliveryReader(), clock, settings, folders);
    const further = new FurtherDeliveries(cases, new FakeBeamStore(), clock, settings);
    const inboxes = new FakeInboxes();
    inboxes.of().watcher.drop(kase.folder, kase.fingerprint);
    const content = new SettledContent(inboxes, cases, clock, settings);
    const validate = new ValidateStep(
      reader,
      new FakeManifestCheck(),
      clock,
      settings,
      folders,
      cases,
      twins,
      logs,
      further,
      content,
    );
    const outcome = await validate.run(kase, context);
    expect(outcome).to.have.property('remarks').that.includes('delivered on gantry 1');

    const fromPlan = new PlanInterpreter(models);
    const { machines } = settings;
    const fromLogs = new ShiLogInterpreter(models, new ShiDeliveryReader(), {
      folders,
      machines,
      ...settings.interpretation.shiLog,
    });
    const store = new FakeDeliveryStore();
    const compared = new DeliveryComparisons(new ShiDeliveryReader(), store, models, cases, settings, folders);
    const auto = new AutoInterpreter(fromPlan, fromLogs);
    const interpret = new InterpretStep(reader, auto, settings, folders, compared);
    const bytes = async (): Promise<readonly string[]> => {
      await interpret.run(kase, context);
      return [1, 2].map((beamNumber) => readFileSync(folders.beamInput(kase, beamNumber), 'utf8'));
    };
    const made = await bytes();
    expect(await bytes()).to.deep.equal(made);
    const problems = (await store.ofCase(kase.id)).map(
      ({ problem, comparison }) => problem ?? comparison?.layers.length,
    );
    expect(problems).to.deep.equal([4, 4]);
    const planned = await fromPlan.interpret(kase, await reader.plan(folders.planCopy(kase)));
    made.forEach((text, index) => {
      const beam = BeamInputSchema.parse(JSON.parse(text));
      const wantedLayers = planned[index]!.layers;
      expect(beam.layers.map(({ xMm }) => xMm.length)).to.deep.equal([9, 9, 9, 9]);
      beam.layers.forEach((layer, at) => {
        layer.xMm.forEach((x, spot) => expect(x).to.be.closeTo(wantedLayers[at]!.xMm[spot]!, 0.0056));
        layer.yMm.forEach((y, spot) => expect(y).to.be.closeTo(wantedLayers[at]!.yMm[spot]!, 0.0059));
        // Four rows, each rounded to a count.
        layer.meterset.forEach((mu, spot) => expect(mu).to.be.closeTo(wantedLayers[at]!.meterset[spot]!, 2 / 500));
      });
    });
  });
});
