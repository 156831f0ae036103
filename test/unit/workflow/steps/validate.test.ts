import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SettingsSchema } from '../../../../src/config/settings.js';
import { parseAcceptedCase } from '../../../../src/domain/accepted-case.js';
import { input } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Inventory } from '../../../../src/domain/inventory.js';
import type { StepContext } from '../../../../src/ports/step.js';
import { DeliveryLogs } from '../../../../src/workflow/delivery-logs.js';
import { FurtherDeliveries } from '../../../../src/workflow/further-deliveries.js';
import { PlanTwins } from '../../../../src/workflow/plan-twins.js';
import { SettledContent } from '../../../../src/workflow/settled-content.js';
import { ValidateStep } from '../../../../src/workflow/steps/validate.js';
import { aCase } from '../../../builders/a-case.js';
import { aCtSlice, anInventory } from '../../../builders/an-inventory.js';
import { A_CALIBRATED_MACHINE } from '../../../builders/a-machine.js';
import { anIonPlan } from '../../../builders/an-ion-plan.js';
import { FakeBeamStore } from '../../../fakes/fake-beam-store.js';
import { FakeCaseReader } from '../../../fakes/fake-case-reader.js';
import { FakeCaseStore } from '../../../fakes/fake-case-store.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeDeliveryReader } from '../../../fakes/fake-delivery-reader.js';
import { FakeInboxes } from '../../../fakes/fake-inboxes.js';
import { FakeLogger } from '../../../fakes/fake-logger.js';
import { FakeManifestCheck } from '../../../fakes/fake-manifest-check.js';
import { FakeTables } from '../../../fakes/fake-tables.js';
import { rejection } from '../../../rejection.js';
import { tempFolder } from '../../../temp-folder.js';

const HOUR = 3_600_000;
const WITHOUT_SLICE = { ctSlices: [aCtSlice(0), aCtSlice(3), aCtSlice(9)] };

describe('Validate step', () => {
  const temp = tempFolder();
  const clock = new FakeClock();
  const log = new FakeLogger();
  const context: StepContext = { signal: new AbortController().signal, log, held: () => false };

  function aStep(found: Partial<Inventory> = {}, settings: object = {}) {
    const folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'));
    const kase = aCase({ folder: 'case 1', createdAt: clock.now() });
    mkdirSync(join(folders.inbox, kase.folder), { recursive: true });
    writeFileSync(join(folders.inbox, kase.folder, 'plan.dcm'), 'plan bytes');
    const reader = new FakeCaseReader(anInventory(found), anIonPlan({ remarks: ['odd'] }));
    const parsed = SettingsSchema.parse(settings);
    const manifests = new FakeManifestCheck();
    const cases = new FakeCaseStore(new FakeTables({ cases: [kase] }));
    const twins = new PlanTwins(cases, folders, parsed, clock, new FakeInboxes());
    const logs = new DeliveryLogs(new FakeDeliveryReader(), clock, parsed, folders);
    const further = new FurtherDeliveries(cases, new FakeBeamStore(cases.tables), clock, parsed);
    const inboxes = new FakeInboxes();
    inboxes.of().watcher.drop(kase.folder, kase.fingerprint);
    const content = new SettledContent(inboxes, cases, clock, parsed);
    const step = new ValidateStep(reader, manifests, clock, parsed, folders, cases, twins, logs, further, content);
    return { step, kase, reader, manifests, folders, tables: cases.tables };
  }

  it('advances with the label, the plan’s UID and the figures of its beams', async () => {
    const { step, kase } = aStep();
    const outcome = await step.run(kase, context);
    expect(outcome).to.have.property('do', 'advance');
    expect(outcome).to.have.property('facts').that.includes({
      planLabel: 'Plan A',
      planSopInstanceUid: '1.2.3.4.5',
      beamCount: 1,
      resultsOf: null,
    });
    expect(outcome)
      .to.have.nested.property('facts.calculationKey')
      .that.matches(/^[0-9a-f]{64}$/);
    expect(outcome).to.have.nested.property('beams[0].spots', 4);
  });

  it('keeps a copy of the plan, reads that copy, and writes nothing to the inbox', async () => {
    const { step, kase, reader, folders } = aStep();
    await step.run(kase, context);
    expect(readFileSync(folders.planCopy(kase), 'utf8')).to.equal('plan bytes');
    expect(reader.planPaths).to.deep.equal([folders.planCopy(kase)]);
    expect(readdirSync(join(folders.inbox, kase.folder))).to.deep.equal(['plan.dcm']);
  });

  it('leaves the chosen slices and remarks for later steps, without the patient’s identifier', async () => {
    const { step, kase, folders } = aStep({ ctSlices: [aCtSlice(0), aCtSlice(3)] });
    await step.run(kase, context);
    const text = readFileSync(folders.inventory(kase), 'utf8');
    const accepted = parseAcceptedCase(text);
    expect(accepted.ctSlices.map(({ path }) => path)).to.deep.equal(['ct/0.dcm', 'ct/3.dcm']);
    expect(accepted.remarks).to.deep.equal(['odd']);
    expect(text).not.to.contain('PID-1');
    expect(readdirSync(folders.work(kase)).sort()).to.deep.equal(['input', 'inventory.json']);
  });

  it('gives the same files when it is repeated', async () => {
    const { step, kase, folders } = aStep();
    await step.run(kase, context);
    const before = readFileSync(folders.inventory(kase), 'utf8');
    await step.run(kase, context);
    expect(readFileSync(folders.inventory(kase), 'utf8')).to.equal(before);
  });

  it('waits for an incomplete CT, looking again within 10 min, and says what is missing', async () => {
    const { step, kase } = aStep(WITHOUT_SLICE);
    expect(await step.run(kase, context)).to.deep.equal({
      do: 'wait',
      waitingFor: 'a complete CT: 3 of 4 slices, missing z = 6 mm (1 slice)',
      lookAgainAt: clock.now() + 600_000,
      facts: { planLabel: 'Plan A', planSopInstanceUid: '1.2.3.4.5' },
    });
  });

  it('looks again at the limit itself, then rejects with the same list', async () => {
    const { step, kase } = aStep(WITHOUT_SLICE, { intake: { incompleteHours: 2 } });
    const nearlyOver = { ...kase, takenAt: clock.now() - 2 * HOUR + 5_000 };
    expect(await step.run(nearlyOver, context)).to.have.property('lookAgainAt', clock.now() + 5_000);
    const over = { ...kase, takenAt: clock.now() - 2 * HOUR };
    const error = await rejection(step.run(over, context));
    expect(error).to.have.property('code', 'ct.incomplete-timeout');
    expect(error).to.have.property('severity', 'input');
    expect(error).to.have.property('message').that.contains('missing z = 6 mm (1 slice)').and.contains('2 h');
  });

  it('does not count the time in which the share was away', async () => {
    const { step, kase } = aStep(WITHOUT_SLICE, { intake: { incompleteHours: 2 } });
    const waiting = { ...kase, takenAt: clock.now() - 3 * HOUR };
    const lost = { ...context, inboxLostMs: (since: number) => (since === waiting.takenAt ? HOUR + 1_000 : 0) };
    expect(await step.run(waiting, lost)).to.have.property('lookAgainAt', clock.now() + 1_000);
    const lostLess = { ...context, inboxLostMs: () => HOUR };
    expect(await rejection(step.run(waiting, lostLess))).to.have.property('code', 'ct.incomplete-timeout');
  });

  it('says what CT and delivery logs lack at once, and that only logs were missing when the limit is over', async () => {
    const fromLogs = { interpretation: { kind: 'shi-log' }, machines: [A_CALIBRATED_MACHINE] };
    const { step, kase, reader } = aStep(WITHOUT_SLICE, fromLogs);
    expect(await step.run(kase, context)).to.have.property(
      'waitingFor',
      'a complete CT: 3 of 4 slices, missing z = 6 mm (1 slice); delivery logs of 1 beam',
    );
    reader.found = anInventory();
    const over = { ...kase, takenAt: clock.now() - 1000 * HOUR };
    const error = await rejection(step.run(over, context));
    expect(error).to.include({ code: 'delivery.incomplete-timeout', severity: 'input' });
    expect(error).to.have.property('message').that.contains('delivery logs of 1 beam');
  });

  it('waits for what the manifest lists before anything else is judged, then rejects with the same list', async () => {
    const { step, kase, manifests } = aStep(
      { ionPlans: [], notDicom: ['notes.txt'] },
      { intake: { incompleteHours: 2 } },
    );
    manifests.finding = { listed: 3, missing: ['plan.dcm'], differing: [], unlisted: [] };
    const waitingFor = '1 of 3 files of the manifest is not there yet, e.g. “plan.dcm”';
    expect(await step.run(kase, context)).to.deep.equal({ do: 'wait', waitingFor, lookAgainAt: clock.now() + 600_000 });
    expect(manifests.checked).to.deep.equal([['notes.txt']]);
    const error = await rejection(step.run({ ...kase, takenAt: clock.now() - 2 * HOUR }, context));
    expect(error).to.include({ code: 'intake.manifest-timeout', severity: 'input' });
    expect(error).to.have.property('message').that.contains(waitingFor).and.contains('2 h');
  });

  it('remarks on files that the manifest does not list', async () => {
    const { step, kase, manifests } = aStep();
    manifests.finding = { listed: 1, missing: [], differing: [], unlisted: ['late.dcm'] };
    expect(await step.run(kase, context)).to.deep.include({
      remarks: ['1 file is not in the manifest, e.g. “late.dcm”', 'odd'],
    });
  });

  it('does not judge a folder whose manifest is damaged', async () => {
    const { step, kase, manifests } = aStep();
    manifests.failure = input('intake.manifest-damaged', 'line 1');
    expect(await rejection(step.run(kase, context))).to.equal(manifests.failure);
  });

  it('waits for an earlier run that is left to end, then goes on; its time to wait for files begins there', async () => {
    const finish = { intake: { onChange: 'finish', incompleteHours: 2 } };
    const { step, kase, tables } = aStep(WITHOUT_SLICE, finish);
    const second = { ...kase, run: 2, takenAt: clock.now() - 3 * HOUR };
    const first = aCase({ folder: kase.folder, state: 'simulated' });
    tables.cases.set(kase.id, second).set(first.id, first);
    const waits = { do: 'wait', waitingFor: 'run 1 of this folder to end', lookAgainAt: clock.now() + 15_000 };
    expect(await step.run(second, context)).to.deep.equal(waits);
    tables.cases.set(first.id, { ...first, state: 'completed', finishedAt: clock.now() - HOUR });
    expect(await step.run(second, context))
      .to.have.property('waitingFor')
      .that.contains('3 of 4 slices');
  });

  it('goes on as soon as the missing slice is there', async () => {
    const { step, kase, reader } = aStep(WITHOUT_SLICE);
    await step.run(kase, context);
    reader.found = anInventory({ ctSlices: [0, 3, 6, 9].map((z) => aCtSlice(z)) });
    expect(await step.run(kase, context)).to.have.property('do', 'advance');
  });

  it('calculates in water when the configuration says so, however incomplete the CT', async () => {
    const { step, kase } = aStep(WITHOUT_SLICE, { geometry: { kind: 'water-phantom' } });
    expect(await step.run(kase, context)).to.have.property('do', 'advance');
  });

  it('rejects a case whose folder is gone', async () => {
    const { step, kase, reader } = aStep();
    reader.inventoryError = input('intake.folder-gone', 'gone');
    expect(await rejection(step.run(kase, context))).to.have.property('code', 'intake.folder-gone');
  });

  it('rejects a case whose plan went away between listing and reading', async () => {
    const { step, kase, folders } = aStep();
    rmSync(join(folders.inbox, kase.folder, 'plan.dcm'));
    expect(await rejection(step.run(kase, context))).to.include({ code: 'plan.not-readable', severity: 'input' });
  });
});
