import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Container, Token, type ContainerInstance } from 'typedi';
import { YamlBeamModels } from './adapters/beam-models/yaml-beam-models.js';
import { LocalCaseFiles } from './adapters/case-files/local-case-files.js';
import { LocalDiskSpace } from './adapters/disks/local-disk-space.js';
import { ShiDeliveryReader } from './adapters/deliveries/shi-delivery-reader.js';
import { DicomIdentities } from './adapters/dicom/reading/dicom-identities.js';
import { DicomCaseReader } from './adapters/dicom/reading/dicom-case-reader.js';
import { SyntheticCaseMaker } from './adapters/dicom/writing/synthetic/synthetic-case-maker.js';
import { DicomDeidentifier } from './adapters/dicom/deidentify/dicom-deidentifier.js';
import { DicomDoseComparer } from './adapters/dicom/comparing/dicom-dose-comparer.js';
import { DicomDosePreflight } from './adapters/dicom/preflight/dicom-dose-preflight.js';
import { DicomCasePictures } from './adapters/dicom/pictures/dicom-case-pictures.js';
import { DicomDoseMaker } from './adapters/dicom/writing/dicom-dose-maker.js';
import { CommandEngine } from './adapters/engines/command-engine.js';
import { MoquiEngine } from './adapters/engines/moqui/moqui-engine.js';
import { MoquiThread } from './adapters/engines/moqui/moqui-thread.js';
import { PencilBeamEngine } from './adapters/engines/pencil-beam-engine.js';
import { LocalHost } from './adapters/hosts/local-host.js';
import { AutoInterpreter } from './adapters/interpreters/auto-interpreter.js';
import { CommandInterpreter } from './adapters/interpreters/command-interpreter.js';
import { PlanInterpreter } from './adapters/interpreters/plan-interpreter.js';
import { ShiLogInterpreter } from './adapters/interpreters/shi-log-interpreter.js';
import { FileLogReader } from './adapters/logging/file-log-reader.js';
import { WinstonLogger } from './adapters/logging/winston-logger.js';
import { Systemd } from './adapters/service-manager/systemd.js';
import { SystemClock } from './adapters/system-clock/system-clock.js';
import { AllInboxes, type InboxMember } from './adapters/watcher/all-inboxes.js';
import { AllManifestChecks } from './adapters/watcher/all-manifest-checks.js';
import { InboxWatcher } from './adapters/watcher/inbox-watcher.js';
import { ShareGuard } from './adapters/watcher/share-guard.js';
import { UsersFile } from './adapters/users/users-file.js';
import { bind, type Get } from './container-binding.js';
import { buildExecution, nameOfHere, type Execution } from './container-execution.js';
import { bindStorage } from './container-storage.js';
import { bindTelling } from './container-telling.js';
import { disguised, uploadTarget } from './container-uploads.js';
import { Folders } from './domain/folders.js';
import { BeamModels } from './ports/beam-models.js';
import { AvoidedNodes } from './ports/avoided-nodes.js';
import { BeamStore } from './ports/beam-store.js';
import { CaseControl } from './ports/case-control.js';
import { CaseFiles } from './ports/case-files.js';
import { CaseMaker } from './ports/case-maker.js';
import { CasePictures } from './ports/case-pictures.js';
import { CaseReader } from './ports/case-reader.js';
import { CaseStore } from './ports/case-store.js';
import { Clock } from './ports/clock.js';
import { DeliveryControl } from './ports/delivery-control.js';
import { DeliveryReader } from './ports/delivery-reader.js';
import { Deidentifier } from './ports/deidentifier.js';
import { DiskSpace } from './ports/disk-space.js';
import { DoseComparer } from './ports/dose-comparer.js';
import { DoseMaker } from './ports/dose-maker.js';
import { DosePreflight } from './ports/dose-preflight.js';
import { Engine } from './ports/engine.js';
import { FarHosts } from './ports/far-hosts.js';
import { GpuFinder } from './ports/gpu-finder.js';
import { Host } from './ports/host.js';
import { inboxesOf, type InboxSettings } from './ports/inbox-settings.js';
import { Inboxes } from './ports/inboxes.js';
import { IntakeMemory } from './ports/intake-memory.js';
import { Interpreter } from './ports/interpreter.js';
import { LogReader } from './ports/log-reader.js';
import { Logger } from './ports/logger.js';
import { ManifestCheck } from './ports/manifest-check.js';
import { Nudge } from './ports/nudge.js';
import { PseudonymStore } from './ports/pseudonym-store.js';
import { ReceiptStore } from './ports/receipt-store.js';
import { ResourceStore } from './ports/resource-store.js';
import { RunBasisSource } from './ports/run-basis-source.js';
import { PatientIdentities } from './ports/patient-identities.js';
import { Scheduler } from './ports/scheduler.js';
import { ServiceManager } from './ports/service-manager.js';
import { Settings } from './ports/settings.js';
import { Steps, type Step } from './ports/step.js';
import { UploadTargets } from './ports/upload-target.js';
import { Users } from './ports/users.js';
import { WorkFolders } from './ports/work-folders.js';
import { AuditedControl } from './workflow/audited-control.js';
import { AuditedDeliveries } from './workflow/audited-deliveries.js';
import { DiskRoom } from './workflow/disk-room.js';
import { folderHash } from './workflow/folder-hash.js';
import { RunRecorder } from './workflow/run-recorder.js';
import { AssembleStep } from './workflow/steps/assemble.js';
import { InterpretStep } from './workflow/steps/interpret.js';
import { PreflightFirstStep } from './workflow/steps/preflight-first.js';
import { RecordedStep } from './workflow/steps/recorded.js';
import { AdmittedStep, RoomFirstStep } from './workflow/steps/room-first.js';
import { ShareFirstStep } from './workflow/steps/share-first.js';
import { SimulateStep } from './workflow/steps/simulate.js';
import { UploadStep } from './workflow/steps/upload.js';
import { ValidateStep } from './workflow/steps/validate.js';
import { WorkflowManager } from './workflow/workflow-manager.js';

/** How this process differs from another with the same configuration. */
export interface ContainerOptions {
  /** Log lines for people go there as well as to the files; null for none. */
  readonly console?: NodeJS.WritableStream | null;
  /** They go there too, as JSON; null for nowhere. */
  readonly shipping?: NodeJS.WritableStream | null;
  /** It is the service, which starts programs all the time: by a small process of its own. */
  readonly isService?: boolean;
}

/**
 * The composition root: what each port is in production. Nothing is opened or started yet; each object is made when it is
 * first asked for. A test replaces a port by one line after it: `container.set(Clock, new FakeClock())`.
 */
export function buildContainer(settings: Settings, options: ContainerOptions = {}): ContainerInstance {
  const container = Container.of(randomUUID());
  const further = settings.intake.inboxes.map(({ name, path }) => [name, path] as const);
  const folders = new Folders(settings.root, settings.intake.inbox, new Map(further));
  container.set(Settings, settings);
  container.set(WorkFolders, folders);
  bindSurroundings(container, settings, folders, options);
  bindStorage(container, settings, folders);
  bindInboxes(container, settings, folders);
  bindIntake(container, settings, folders);
  bindExecution(container, settings, options);
  bindDelivery(container, settings, folders);
  bindWorkflow(container);
  bindTelling(container, settings, productVersion());
  return container;
}

/** Top of the installed product: compiled code lies in dist/src. */
const TOP = fileURLToPath(new URL('../..', import.meta.url));

const productVersion = (): string =>
  (JSON.parse(readFileSync(join(TOP, 'package.json'), 'utf8')) as { readonly version: string }).version;

/** Hosts, scheduler and places are one whole, shared by what is bound to each. */
const EXECUTION = new Token<Execution>('Execution');

function bindSurroundings(
  container: ContainerInstance,
  { logging }: Settings,
  folders: Folders,
  { console = null, shipping = null }: ContainerOptions,
): void {
  const { level, keepFiles } = logging;
  const maxBytes = logging.maxSizeMiB * 2 ** 20;
  bind(container, Clock, (): Clock => new SystemClock());
  bind(container, Logger, () => WinstonLogger.create({ level, folders, maxBytes, keepFiles, console, shipping }));
  bind(container, DiskSpace, (get) => new LocalDiskSpace(get(Clock)));
  bind(container, CaseFiles, () => new LocalCaseFiles(folders));
  bind(container, CasePictures, () => new DicomCasePictures(folders));
  bind(container, LogReader, (get) => new FileLogReader(folders, get(Clock)));
  bind(container, ServiceManager, (get) => new Systemd(process.env, get(Clock), get(Logger)));
  bind(container, Users, (get) => new UsersFile(folders.users(), get(Clock)));
}

/** One watcher and one guard for each inbox. Only the default one below the root is made where it is missing. */
function bindInboxes(container: ContainerInstance, settings: Settings, folders: Folders): void {
  const memberOf = (get: Get, { name, path, inboxMarker, ...how }: InboxSettings): InboxMember => {
    const { layout, watch, readyMarker } = how;
    const guarding = { inbox: path, inboxMarker, watch, memory: folders.inboxSeen(name) };
    const guard = new ShareGuard(guarding, get(Clock), get(Logger));
    const createInbox = name === '' && path === join(settings.root, 'inbox');
    const hash = (folder: string): string => folderHash({ inbox: name, folder });
    const watching = { ...how, inbox: path, inboxName: name, createInbox, folderHash: hash };
    const watcher = new InboxWatcher(watching, get(Clock), get(Logger), guard, get(IntakeMemory));
    const markers = [readyMarker, inboxMarker].filter((marker) => marker !== null);
    return { name, path, layout, markers, watcher, guard };
  };
  bind(container, Inboxes, (get) => new AllInboxes(inboxesOf(settings).map((inbox) => memberOf(get, inbox))));
}

function bindIntake(container: ContainerInstance, settings: Settings, folders: Folders): void {
  const { intake, machines, interpretation } = settings;
  const limits = { maxFiles: intake.maxFiles, maxBytes: intake.maxGiB * 2 ** 30 };
  bind(container, CaseReader, () => new DicomCaseReader({ ...limits, inboxes: inboxesOf(settings) }));
  bind(container, PatientIdentities, () => new DicomIdentities(limits));
  bind(container, ManifestCheck, () => new AllManifestChecks(inboxesOf(settings)));
  bind(container, DeliveryReader, () => new ShiDeliveryReader());
  const models = { folder: join(TOP, 'config', 'beam-models'), machines };
  bind(container, BeamModels, () => new YamlBeamModels(models));
  const fromPlan = (get: Get): Interpreter => new PlanInterpreter(get(BeamModels));
  const fromLogs = (get: Get): Interpreter =>
    new ShiLogInterpreter(get(BeamModels), get(DeliveryReader), { folders, machines, ...interpretation.shiLog });
  const interpreters: Record<typeof interpretation.kind, (get: Get) => Interpreter> = {
    auto: (get) => new AutoInterpreter(fromPlan(get), fromLogs(get)),
    plan: fromPlan,
    'shi-log': fromLogs,
    command: (get) =>
      new CommandInterpreter(get(EXECUTION).localScheduler, get(WorkFolders), {
        ...interpretation.command,
        maxLogMiB: settings.engine.maxLogMiB,
      }),
  };
  bind(container, Interpreter, interpreters[interpretation.kind]);
  bind(container, CaseMaker, () => new SyntheticCaseMaker());
}

function bindExecution(container: ContainerInstance, settings: Settings, { isService }: ContainerOptions): void {
  const { engine, machines } = settings;
  const here = nameOfHere(settings);
  bind(container, Host, () => (isService === true ? LocalHost.withStarter(here) : new LocalHost(here)));
  bind(container, EXECUTION, (get) =>
    buildExecution(settings, { here: get(Host), clock: get(Clock), log: get(Logger), avoided: get(AvoidedNodes) }),
  );
  bind(container, Scheduler, (get) => get(EXECUTION).scheduler);
  const programPath = join(TOP, 'dist', 'src', 'pencil-beam', 'main.js');
  const engines: Record<typeof engine.kind, (get: Get) => Engine> = {
    'pencil-beam': (get) => new PencilBeamEngine(get(BeamModels), { programPath }),
    moqui: () => {
      const program = engine.moqui.program ?? 'tps_env';
      const thread = new MoquiThread(new URL('./container-moqui.worker.js', import.meta.url));
      return new MoquiEngine((task) => thread.run(task), { ...engine.moqui, program, machines });
    },
    command: () => new CommandEngine({ ...engine.command, argv: engine.command.argv ?? [] }),
  };
  bind(container, Engine, engines[engine.kind]);
  bind(container, GpuFinder, (get) => get(EXECUTION).places);
  bind(container, FarHosts, (get) => get(EXECUTION).farHosts);
}

function bindDelivery(container: ContainerInstance, { root, uploads, engine }: Settings, folders: Folders): void {
  const softwareVersion = productVersion();
  const resultName = engine.kind === 'command' ? engine.command.result : 'dose.mha';
  bind(container, DosePreflight, () => new DicomDosePreflight({ folders, resultName }));
  bind(container, DoseMaker, () => new DicomDoseMaker({ folders, softwareVersion }));
  bind(container, DoseComparer, (): DoseComparer => new DicomDoseComparer());
  bind(container, Deidentifier, (): Deidentifier => new DicomDeidentifier());
  bind(container, UploadTargets, (get) => {
    const deps = { deidentifier: get(Deidentifier), pseudonyms: get(PseudonymStore), folders, clock: get(Clock) };
    return uploads.map((entry) => disguised(entry, uploadTarget(root, entry, get(Clock), get(Host)), deps));
  });
}

const recorder = (get: Get): RunRecorder =>
  new RunRecorder({
    settings: get(Settings),
    folders: get(WorkFolders),
    cases: get(CaseStore),
    beams: get(BeamStore),
    receipts: get(ReceiptStore),
    resources: get(ResourceStore),
    models: get(BeamModels),
    reader: get(CaseReader),
    clock: get(Clock),
    softwareVersion: productVersion(),
  });

function bindWorkflow(container: ContainerInstance): void {
  const roomFirst = (get: Get, step: Step): Step => new RoomFirstStep(step, get(DiskRoom), get(BeamStore), get(Clock));
  const shareFirst = (get: Get, step: Step): Step =>
    new ShareFirstStep(step, get(Inboxes), get(Clock), get(Settings).intake.pollSeconds);
  const preflightFirst = (get: Get, step: Step): Step =>
    new PreflightFirstStep(step, {
      preflight: get(DosePreflight),
      beams: get(BeamStore),
      folders: get(WorkFolders),
      clock: get(Clock),
    });
  bind(container, Steps, (get) => [
    shareFirst(get, new AdmittedStep(get(ValidateStep), get(DiskRoom), get(Clock))),
    shareFirst(get, roomFirst(get, new RecordedStep(get(InterpretStep), recorder(get)))),
    new RecordedStep(roomFirst(get, get(SimulateStep)), recorder(get)),
    get(AssembleStep),
    new RecordedStep(preflightFirst(get, get(UploadStep)), recorder(get)),
  ]);
  bind(container, RunBasisSource, recorder);
  bind(container, Nudge, (get) => get(WorkflowManager));
  bind(container, CaseControl, (get) => get(AuditedControl));
  bind(container, DeliveryControl, (get) => get(AuditedDeliveries));
}
