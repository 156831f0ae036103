import { AuditTrail } from '../../ports/audit-trail.js';
import { BeamModels } from '../../ports/beam-models.js';
import { Database } from '../../ports/database.js';
import { DiskHistory } from '../../ports/disk-history.js';
import { DiskSpace } from '../../ports/disk-space.js';
import { Engine } from '../../ports/engine.js';
import { FarHosts } from '../../ports/far-hosts.js';
import { GpuFinder } from '../../ports/gpu-finder.js';
import { inboxesOf } from '../../ports/inbox-settings.js';
import { Inboxes } from '../../ports/inboxes.js';
import { InstanceLock } from '../../ports/instance-lock.js';
import { NotificationChannels } from '../../ports/notification-channel.js';
import { Scheduler } from '../../ports/scheduler.js';
import type { Settings } from '../../ports/settings.js';
import { TraceExporter } from '../../ports/trace-exporter.js';
import { UploadTargets } from '../../ports/upload-target.js';
import type { CommandContext, PortSource } from '../command-context.js';
import { configuration } from '../configuration.js';
import { checkCertificates } from './certificate-checks.js';
import { checkForecast, checkFreeSpace, checkRoot } from './disk-checks.js';
import { checkBeamModels, checkEngine, checkPlaces, checkUploadProgram } from './engine-checks.js';
import { engineTestLeftOut, nowhereToTest, testEngine } from './engine-test.js';
import { checkWrittenFolder } from './file-system-checks.js';
import { fine, finding, type Finding } from './finding.js';
import { farHostLines } from './host-checks.js';
import { placesToTest } from './places-to-test.js';
import { checkInbox, checkStrays, inboxLine } from './inbox-checks.js';
import { checkInotify } from './inotify-checks.js';
import { checkSecretFiles } from './secret-file-checks.js';
import {
  checkAudit,
  checkSoundness,
  checkStoring,
  checkTarget,
  checkWebPort,
  serviceFinding,
} from './service-checks.js';
import { checkShare } from './share-checks.js';
import { channelName, checkChannel, checkTraces } from './telling-checks.js';
import { checkTimeZone } from './time-zone-check.js';

/** The engine test ends itself. */
const ENGINE_TEST_LIMIT_MS = 11 * 60_000;
/** A report of storage commitment may take its time. */
const STORING_LIMIT_MS = 10 * 60_000;

type Look = (name: string, check: () => Promise<Finding | readonly Finding[]>, limitMs?: number) => void;

/** What all checks of one call share. */
interface Doctor {
  readonly settings: Settings;
  readonly ports: PortSource;
  readonly context: CommandContext;
  /** Whether a service works on the root. */
  readonly running: boolean;
  /** Begins a check; its lines come in the order of the calls. */
  readonly look: Look;
}

export interface DoctorOptions {
  /** Whether the test beam runs also beside a service. */
  readonly engineTest: boolean;
  /** Whether test objects are stored at targets with `doctorStores`. */
  readonly storing: boolean;
}

/** Everything the configuration promises is tried, side by side: a share that hangs holds up nothing else. */
export async function allChecks(
  context: CommandContext,
  { engineTest, storing }: DoctorOptions,
): Promise<readonly Finding[]> {
  const { settings, file } = configuration(context);
  const ports = await context.wiring.build(settings);
  const begun: Promise<readonly Finding[]>[] = [];
  const look: Look = (name, check, limitMs) => void begun.push(finding(name, check, limitMs));
  // Others depend on it, and it looks at a lock that no other check should hold meanwhile.
  let running = false;
  const service = await finding('service', async () => {
    const holder = await ports.get(InstanceLock).holder();
    running = holder !== null;
    return serviceFinding(holder);
  });
  const doctor = { settings, ports, context, running, look };
  look('configuration', () => Promise.resolve(fine('configuration', file ?? 'no file; defaults apply')));
  lookAtDisks(doctor);
  lookAtInboxes(doctor);
  look('database', () => databaseLines(doctor));
  begun.push(Promise.resolve(service));
  lookAtPage(doctor);
  lookAtExecution(doctor, engineTest);
  lookAtTargets(doctor, storing);
  lookAtTelling(doctor);
  return (await Promise.all(begun)).flat();
}

function lookAtDisks({ settings, ports, look, context }: Doctor): void {
  look('root', () => checkRoot(settings));
  look('disk', () => checkFreeSpace(settings, ports.get(DiskSpace)));
  const folders = settings.uploads.flatMap(({ name, path }) =>
    path === null ? [] : [{ name: `upload ${name}`, path }],
  );
  for (const { name, path } of [{ name: 'root', path: settings.root }, ...folders]) {
    look(`${name}, file system`, () => checkWrittenFolder(`${name}, file system`, path, context.signal));
  }
}

function lookAtInboxes({ settings, ports, look }: Doctor): void {
  const inboxes = ports.get(Inboxes);
  for (const inbox of inboxesOf(settings)) {
    const line = inboxLine(inbox);
    look(line, () => checkInbox(inbox, inboxes.guardOf(inbox.name)));
    look(line, () => checkStrays(inbox, inboxes));
    look(`${line}, file system`, () => checkShare(`${line}, file system`, inbox));
  }
  look('inotify', () => checkInotify(inboxesOf(settings)));
}

/** Opened once for all that is asked of it. */
async function databaseLines({ settings, ports, context }: Doctor): Promise<readonly Finding[]> {
  const database = ports.get(Database);
  await database.open();
  try {
    return [
      ...(await checkSoundness(settings, database)),
      ...(await finding('audit trail', () => checkAudit(ports.get(AuditTrail)))),
      ...(await finding('disk forecast', () => checkForecast(settings, ports.get(DiskHistory), context.now()))),
    ];
  } finally {
    await database.close();
  }
}

function lookAtPage({ settings, running, look, context }: Doctor): void {
  look('web', () => checkWebPort(settings, running));
  look('certificates', () => checkCertificates(settings, context.now()));
  look('secrets', () => checkSecretFiles(settings, context.env));
  look('time zone', () => Promise.resolve(checkTimeZone(context.env['TZ'], context.now())));
}

function lookAtTargets({ settings, ports, look, context }: Doctor, storing: boolean): void {
  const stores = settings.uploads.filter(({ doctorStores }) => storing && doctorStores).map(({ name }) => name);
  for (const target of ports.get(UploadTargets)) {
    look(`upload ${target.name}`, () => checkTarget(target));
    if (!stores.includes(target.name)) continue;
    look(`upload ${target.name}, test object`, () => checkStoring(target, context.signal), STORING_LIMIT_MS);
  }
  for (const upload of settings.uploads.filter(({ kind }) => kind === 'command')) {
    look(`upload ${upload.name}, program`, () => checkUploadProgram(upload, context.env['PATH'] ?? ''));
  }
}

function lookAtTelling({ ports, look, context }: Doctor): void {
  for (const channel of ports.get(NotificationChannels)) {
    look(channelName(channel), () => checkChannel(channel, context.signal));
  }
  const exporter = ports.get(TraceExporter);
  if (exporter !== null) look('traces', () => checkTraces(exporter));
}

function lookAtExecution(doctor: Doctor, engineTest: boolean): void {
  const { settings, ports, look, context } = doctor;
  for (const host of ports.get(FarHosts)) look(`host ${host.name}`, () => farHostLines(host));
  look('GPUs', () => checkPlaces(ports.get(GpuFinder), settings));
  look('engine', () => checkEngine(settings, context.env['PATH'] ?? ''));
  look('beam models', () => checkBeamModels(settings, ports.get(BeamModels)));
  look('engine test', () => tryEngine(doctor, engineTest), ENGINE_TEST_LIMIT_MS);
}

/** Not beside a running service that calculates on GPUs, nor on GPUs that others use, unless asked for. */
async function tryEngine(
  { settings, ports, context: { signal }, running }: Doctor,
  engineTest: boolean,
): Promise<readonly Finding[]> {
  const places = placesToTest(await ports.get(GpuFinder).find(), settings);
  if (places.length === 0) return [nowhereToTest()];
  if (places.some(({ gpuUuids }) => gpuUuids.length > 0) && running && !engineTest) return [engineTestLeftOut()];
  const tested = { engine: ports.get(Engine), scheduler: ports.get(Scheduler), models: ports.get(BeamModels) };
  const found: Finding[] = [];
  for (const place of places) {
    const name = places.length === 1 ? 'engine test' : `engine test on ${place.host}`;
    const { busy } = place;
    const its =
      busy === null || engineTest
        ? await finding(name, () => testEngine(tested, settings, place, signal), ENGINE_TEST_LIMIT_MS)
        : [engineTestLeftOut(busy)];
    found.push(...its.map((one) => ({ ...one, name })));
  }
  return found;
}
