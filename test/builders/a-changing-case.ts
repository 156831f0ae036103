import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SettingsSchema } from '../../src/config/settings.js';
import type { Case } from '../../src/domain/case.js';
import { Folders } from '../../src/domain/folders.js';
import type { Inventory } from '../../src/domain/inventory.js';
import type { StepContext, StepOutcome } from '../../src/ports/step.js';
import { DeliveryLogs } from '../../src/workflow/delivery-logs.js';
import { FurtherDeliveries } from '../../src/workflow/further-deliveries.js';
import { PlanTwins } from '../../src/workflow/plan-twins.js';
import { SettledContent } from '../../src/workflow/settled-content.js';
import { ValidateStep } from '../../src/workflow/steps/validate.js';
import { aCase } from './a-case.js';
import { anInventory } from './an-inventory.js';
import { anIonPlan } from './an-ion-plan.js';
import { FakeBeamStore } from '../fakes/fake-beam-store.js';
import { FakeCaseReader } from '../fakes/fake-case-reader.js';
import { FakeCaseStore } from '../fakes/fake-case-store.js';
import type { FakeClock } from '../fakes/fake-clock.js';
import { FakeDeliveryReader } from '../fakes/fake-delivery-reader.js';
import { FakeInboxes } from '../fakes/fake-inboxes.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { FakeManifestCheck } from '../fakes/fake-manifest-check.js';
import { FakeTables } from '../fakes/fake-tables.js';

const CONTEXT: StepContext = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };

interface Wanted {
  /** What the reader finds. */
  readonly found?: Partial<Inventory>;
  readonly settings?: object;
  readonly inbox?: string;
}

/**
 * The step `validate` on a case that was taken as `half`, of a folder that is `half` still.
 * @param path a folder of the test's own
 */
export function aChangingCase(path: string, clock: FakeClock, { found, settings = {}, inbox = '' }: Wanted = {}) {
  const folders = new Folders(join(path, 'root'), join(path, 'inbox'), new Map([['other', path]]));
  const kase = aCase({ inbox, folder: 'case 1', fingerprint: 'half', createdAt: clock.now(), takenAt: clock.now() });
  mkdirSync(folders.dropped(kase), { recursive: true });
  writeFileSync(join(folders.dropped(kase), 'plan.dcm'), 'plan bytes');
  const reader = new FakeCaseReader(anInventory(found), anIonPlan());
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
  const step = new ValidateStep(reader, manifests, clock, parsed, folders, cases, twins, logs, further, content);
  const now = (): Case => cases.tables.cases.get(kase.id)!;
  /** Looks at the case as it is, and writes down what it waits for, as the manager does. */
  const look = async (change: Partial<StepContext> = {}): Promise<StepOutcome> => {
    const before = now();
    const outcome = await step.run(before, { ...CONTEXT, ...change });
    const isOurs = now().version === before.version;
    if (outcome.do === 'wait' && isOurs) {
      const { waitingFor, lookAgainAt } = outcome;
      await cases.commit(before, { change: { waitingFor, notBefore: lookAgainAt }, at: clock.now() });
    }
    return outcome;
  };
  return { kase, now, look, reader, watcher, folders, cases };
}
