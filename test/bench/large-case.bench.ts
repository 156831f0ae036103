import 'reflect-metadata';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShiDeliveryReader } from '../../src/adapters/deliveries/shi-delivery-reader.js';
import { DicomCaseReader } from '../../src/adapters/dicom/reading/dicom-case-reader.js';
import { lookAtFolder } from '../../src/adapters/watcher/look-at-folder.js';
import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';
import { SettingsSchema } from '../../src/config/settings.js';
import { Folders } from '../../src/domain/folders.js';
import { parseLayout } from '../../src/domain/layout.js';
import type { Inboxes } from '../../src/ports/inboxes.js';
import { PlanTwins } from '../../src/workflow/plan-twins.js';
import { DeliveryLogs } from '../../src/workflow/delivery-logs.js';
import { FurtherDeliveries } from '../../src/workflow/further-deliveries.js';
import { SettledContent } from '../../src/workflow/settled-content.js';
import { ValidateStep } from '../../src/workflow/steps/validate.js';
import { aCase } from '../builders/a-case.js';
import { dicomFile, element } from '../builders/dicom-bytes.js';
import { FRAME_UID, rawIonPlan } from '../builders/raw-ion-plan.js';
import { FakeBeamStore } from '../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../fakes/fake-case-store.js';
import { FakeInboxes } from '../fakes/fake-inboxes.js';
import { FakeManifestCheck } from '../fakes/fake-manifest-check.js';
import { FakeLogger } from '../fakes/fake-logger.js';
import { FakeTables } from '../fakes/fake-tables.js';
import { median } from './bench-service.js';
import { sliceUid, writeSlices } from './bench-slices.js';

/*
 * The step `validate` on a case of 5,000 files (4,998 slices, a structure set that lists them, a plan), warm: headers, rules
 * of acceptance, walk of what is there at the end, copy of the plan and inventory, with the real reader and walk. Floor, in the same run: the first 16 KiB of every
 * file, 16 at a time, which nobody can judge the case without.
 */
const FILES = 5000;
const SLICES = FILES - 2;
const RUNS = 5;
const FIRST_BYTES = 16 * 1024;
const IN_FLIGHT = 16;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const root = mkdtempSync(join(tmpdir(), 'mqi-bench-'));
const folders = new Folders(join(root, 'root'), join(root, 'inbox'));
const kase = aCase({ folder: 'large' });
const dropped = folders.dropped(kase);

function structureSet(): Buffer {
  const planes = Array.from({ length: SLICES }, (_, i) => [element('0008,1155', 'UI', sliceUid(i))]);
  const series = [element('0020,000e', 'UI', '1.2.3.4.70'), element('3006,0016', 'SQ', planes)];
  const study = [element('3006,0014', 'SQ', [series])];
  return dicomFile([
    element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.3'),
    element('0008,0018', 'UI', '1.2.3.4.8'),
    element('0010,0020', 'LO', 'PID-1'),
    element('0020,000d', 'UI', '1.2.3.4.6'),
    element('3006,0010', 'SQ', [[element('0020,0052', 'UI', FRAME_UID), element('3006,0012', 'SQ', [study])]]),
  ]);
}

async function msOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

async function firstBytes(): Promise<void> {
  const files = readdirSync(dropped);
  let next = 0;
  const lane = async (): Promise<void> => {
    const buffer = Buffer.allocUnsafe(FIRST_BYTES);
    for (let i = next++; i < files.length; i = next++) {
      const file = await open(join(dropped, files[i] ?? ''));
      await file.read(buffer, 0, FIRST_BYTES, 0);
      await file.close();
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
}

const reader = new DicomCaseReader({ maxFiles: 20_000, maxBytes: 50 * 2 ** 30 });
const settings = SettingsSchema.parse({});
const clock = new SystemClock();
const cases = new FakeCaseStore(new FakeTables({ cases: [kase] }));
const twins = new PlanTwins(cases, folders, settings, clock, new FakeInboxes());
const logs = new DeliveryLogs(new ShiDeliveryReader(), clock, settings, folders);
const further = new FurtherDeliveries(cases, new FakeBeamStore(), clock, settings);
const manifests = new FakeManifestCheck();
// The walk is the real one; what it finds is said to be what was taken.
const lookNow = async (): ReturnType<Inboxes['look']> => ({
  ...(await lookAtFolder(folders.inbox, parseLayout('{case}'), kase.folder, null)),
  inbox: kase.inbox,
  fingerprint: kase.fingerprint,
});
const content = new SettledContent({ look: lookNow, lookSoon: () => undefined }, cases, clock, settings);
const step = new ValidateStep(reader, manifests, clock, settings, folders, cases, twins, logs, further, content);
const context = { signal: new AbortController().signal, log: new FakeLogger(), held: () => false };

async function validate(): Promise<void> {
  const outcome = await step.run(kase, context);
  if (outcome.do !== 'advance') throw new Error(`the case was not accepted: ${JSON.stringify(outcome)}`);
}

try {
  mkdirSync(dropped, { recursive: true });
  writeSlices(dropped, 0, SLICES);
  writeFileSync(join(dropped, 'structures.dcm'), structureSet());
  writeFileSync(join(dropped, 'plan.dcm'), dicomFile(rawIonPlan()));
  await firstBytes();
  await validate();
  const floors: number[] = [];
  const times: number[] = [];
  const walks: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    floors.push(await msOf(firstBytes)); // in turn, so that both see the same neighbours
    times.push(await msOf(validate));
    walks.push(await msOf(lookNow));
  }
  const [floor, ours] = [median(floors), median(times)];
  print(`first 16 KiB of ${String(FILES)} files: ${floor.toFixed(0)} ms`);
  print(
    `a case of ${String(FILES)} files validated: ${ours.toFixed(0)} ms (wanted: under 2000), slowest ` +
      `${Math.max(...times).toFixed(0)} ms, ${(ours / floor).toFixed(2)} of the floor`,
  );
  print(`of that the walk that tells whether it still is what was taken: ${median(walks).toFixed(0)} ms`);
} finally {
  await reader.close();
  rmSync(root, { recursive: true, force: true });
}
