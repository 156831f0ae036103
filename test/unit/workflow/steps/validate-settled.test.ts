import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { SettingsSchema } from '../../../../src/config/settings.js';
import type { Case } from '../../../../src/domain/case.js';
import { input } from '../../../../src/domain/errors.js';
import { Folders } from '../../../../src/domain/folders.js';
import type { Inventory } from '../../../../src/domain/inventory.js';
import type { CaseReader } from '../../../../src/ports/case-reader.js';
import type { StepContext, StepOutcome } from '../../../../src/ports/step.js';
import { DeliveryLogs } from '../../../../src/workflow/delivery-logs.js';
import { FurtherDeliveries } from '../../../../src/workflow/further-deliveries.js';
import { PlanTwins } from '../../../../src/workflow/plan-twins.js';
import { SettledContent, UNSETTLED } from '../../../../src/workflow/settled-content.js';
import { ValidateStep } from '../../../../src/workflow/steps/validate.js';
import { aCase } from '../../../builders/a-case.js';
import { aCtSlice, anInventory } from '../../../builders/an-inventory.js';
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

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('Validating a folder that changed since it was taken', () => {
  const temp = tempFolder();
  let clock: FakeClock;
  beforeEach(() => {
    clock = new FakeClock();
  });
  const context: StepContext = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };

  /** A case taken as `half`, of a folder that is `half` still. */
  function aBench(found: Partial<Inventory> = {}, settings: object = {}, inbox = '') {
    const folders = new Folders(join(temp.path, 'root'), join(temp.path, 'inbox'), new Map([['other', temp.path]]));
    const kase = aCase({ inbox, folder: 'case 1', fingerprint: 'half', createdAt: clock.now(), takenAt: clock.now() });
    mkdirSync(folders.dropped(kase), { recursive: true });
    writeFileSync(join(folders.dropped(kase), 'plan.dcm'), 'plan bytes');
    const reader = new FakeCaseReader(anInventory(found), anIonPlan());
    let reads = 0;
    const counting = {
      inventory: (...its: Parameters<CaseReader['inventory']>) => {
        reads += 1;
        return reader.inventory(...its);
      },
      plan: (path: string) => reader.plan(path),
    } as unknown as CaseReader;
    const parsed = SettingsSchema.parse(settings);
    const cases = new FakeCaseStore(new FakeTables({ cases: [kase] }));
    const inboxes = new FakeInboxes('other');
    const { watcher } = inboxes.of(inbox);
    watcher.drop(kase.folder, 'half');
    const content = new SettledContent(inboxes, cases, clock, parsed);
    const twins = new PlanTwins(cases, folders, parsed, clock, inboxes);
    const logs = new DeliveryLogs(new FakeDeliveryReader(), clock, parsed, folders);
    const further = new FurtherDeliveries(cases, new FakeBeamStore(cases.tables), clock, parsed);
    const manifests = new FakeManifestCheck();
    const step = new ValidateStep(counting, manifests, clock, parsed, folders, cases, twins, logs, further, content);
    const now = (): Case => cases.tables.cases.get(kase.id)!;
    /** Looks at the case as it is, and writes down what it waits for, as the manager does. */
    const look = async (context_ = context): Promise<StepOutcome> => {
      const before = now();
      const outcome = await step.run(before, context_);
      const isOurs = now().version === before.version;
      if (outcome.do === 'wait' && isOurs) {
        const { waitingFor, lookAgainAt } = outcome;
        await cases.commit(before, { change: { waitingFor, notBefore: lookAgainAt }, at: clock.now() });
      }
      return outcome;
    };
    return { kase, now, look, reader, watcher, folders, cases, reads: () => reads };
  }
  const waits = (lookInMs = 10_000) => ({ do: 'wait', waitingFor: UNSETTLED, lookAgainAt: clock.now() + lookInMs });

  it('does not accept it, keeps nothing, and has the watcher look', async () => {
    const { kase, now, look, watcher, folders } = aBench();
    watcher.drop(kase.folder, 'whole');
    expect(await look()).to.deep.equal(waits());
    expect(watcher.lookedSoon).to.deep.equal([kase.folder]);
    expect(existsSync(folders.inventory(kase))).to.equal(false);
    expect(now()).to.include({ planSopInstanceUid: null, fingerprint: 'half' });
  });

  it('accepts what the watcher then offers, as the same run', async () => {
    const { kase, now, look, watcher, cases } = aBench();
    watcher.drop(kase.folder, 'whole');
    await look();
    const { folder, inbox } = kase;
    await cases.register({ id: 'c2', folder, inbox, fingerprint: 'whole', priority: 0, at: clock.now(), actor: 's' });
    expect(now()).to.include({ run: 1, fingerprint: 'whole', waitingFor: null, notBefore: null });
    expect(await look()).to.have.property('do', 'advance');
    expect(await cases.runsOf(kase)).to.have.lengthOf(1);
  });

  it('does not reject it for what it found half copied', async () => {
    const { kase, look, watcher, reader } = aBench({ ionPlans: [] });
    watcher.drop(kase.folder, 'whole');
    expect(await look()).to.deep.equal(waits());
    watcher.drop(kase.folder, 'half');
    expect(await rejection(look())).to.have.property('code', 'plan.none');
    reader.inventoryError = input('intake.folder-gone', 'gone');
    watcher.folders.delete(kase.folder);
    expect(await rejection(look())).to.equal(reader.inventoryError);
  });

  it('says what is missing rather than that it changes', async () => {
    const { kase, look, watcher } = aBench({ ctSlices: [aCtSlice(0), aCtSlice(3), aCtSlice(9)] });
    watcher.drop(kase.folder, 'more of it');
    expect(await look())
      .to.have.property('waitingFor')
      .that.contains('3 of 4 slices');
  });

  it('reads nothing while it knows it to be changing, and goes on if it is again what was taken', async () => {
    const { kase, look, watcher, reads } = aBench();
    watcher.drop(kase.folder, 'whole');
    await look();
    await clock.advance(10_000);
    expect(await look()).to.deep.equal(waits());
    expect(reads()).to.equal(1);
    watcher.drop(kase.folder, 'half');
    expect(await look()).to.have.property('do', 'advance');
  });

  it('looks again after the quiet time of the inbox of the case', async () => {
    const inboxes = [{ name: 'other', path: '/other', quietSeconds: 90 }];
    const { kase, look, watcher } = aBench({}, { intake: { inboxes } }, 'other');
    watcher.drop(kase.folder, 'whole');
    expect(await look()).to.deep.equal(waits(90_000));
  });

  it('takes up, as the same run, a folder that stands still and that the watcher does not offer', async () => {
    const { kase, now, look, watcher, cases } = aBench({}, { intake: { quietSeconds: 30 } });
    watcher.drop(kase.folder, 'whole');
    let minutes = 0;
    for (; now().fingerprint === 'half' && minutes < 60; minutes += 0.5) {
      await look();
      await clock.advance(MINUTE / 2);
    }
    expect(minutes).to.equal(11);
    expect(now()).to.include({ run: 1, fingerprint: 'whole', waitingFor: null });
    expect((await cases.transitionsOf(kase.id)).at(-1)).to.include({ event: 'change' });
    expect(await look()).to.have.property('do', 'advance');
  });

  it('takes nothing up while a half-copied file grows in it', async () => {
    const { kase, now, look, watcher } = aBench();
    watcher.drop(kase.folder, 'more');
    for (let minute = 0; minute < 60; minute++) {
      watcher.activities.set(kase.folder, String(minute));
      await look();
      await clock.advance(MINUTE);
    }
    expect(now()).to.include({ fingerprint: 'half', waitingFor: UNSETTLED });
  });

  it('leaves it to a later run of the folder, if there is one', async () => {
    const { kase, now, look, watcher, cases } = aBench();
    const later = aCase({ folder: kase.folder, run: 2, fingerprint: 'whole' });
    cases.tables.cases.set(later.id, later);
    watcher.drop(kase.folder, 'newest');
    for (let minute = 0; minute < 20; minute++) {
      await look();
      await clock.advance(MINUTE);
    }
    expect(now()).to.include({ fingerprint: 'half', waitingFor: UNSETTLED });
    expect(cases.tables.cases.get(later.id)).to.deep.equal(later);
  });

  it('rejects in words what changes for ever, counting from when it was first seen to change', async () => {
    const { kase, look, watcher } = aBench({}, { intake: { incompleteHours: 2 } });
    await clock.advance(24 * HOUR);
    const change = (n: number): void => {
      watcher.drop(kase.folder, `content ${String(n)}`);
    };
    for (let n = 0; n < 24; n++) {
      change(n);
      expect(await look()).to.have.property('waitingFor', UNSETTLED);
      await clock.advance(5 * MINUTE);
    }
    // A share that was away is not counted against it.
    const lost = { ...context, inboxLostMs: () => HOUR };
    expect(await look(lost)).to.have.property('do', 'wait');
    const error = await rejection(look());
    expect(error).to.include({ code: 'intake.unsettled-timeout', severity: 'input' });
    expect(error).to.have.property('message').that.contains('to settle').and.contains('2 h');
    expect(error).to.have.property('remedy').that.contains('goes on writing');
  });

  it('lets go when it is told to', async () => {
    const { look, kase, watcher } = aBench();
    const stop = new AbortController();
    watcher.drop(kase.folder, 'whole');
    await look();
    stop.abort(new Error('stopping'));
    expect(await rejection(look({ ...context, signal: stop.signal }))).to.have.property('message', 'stopping');
  });
});
