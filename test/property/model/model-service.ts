import type { Case } from '../../../src/domain/case.js';
import { input, transient } from '../../../src/domain/errors.js';
import type { NewCase, Registration } from '../../../src/ports/case-store.js';
import type { Nudge } from '../../../src/ports/nudge.js';
import type { Step, StepOutcome } from '../../../src/ports/step.js';
import { CloseAbandonedAttempts } from '../../../src/workflow/repairs/close-abandoned-attempts.js';
import { EndLostJobs } from '../../../src/workflow/repairs/end-lost-jobs.js';
import { EndCancelledBeams } from '../../../src/workflow/repairs/end-cancelled-beams.js';
import { OperatorControl } from '../../../src/workflow/operator-control.js';
import { FolderSpelling } from '../../../src/workflow/folder-spelling.js';
import type { DeliveryWatch } from '../../../src/workflow/delivery/delivery-watch.js';
import { Registrar } from '../../../src/workflow/registrar.js';
import { ServiceIdentity } from '../../../src/workflow/service-identity.js';
import type { GpuWatch } from '../../../src/workflow/gpu-watch.js';
import type { Slots } from '../../../src/workflow/slots.js';
import { AssembleStep } from '../../../src/workflow/steps/assemble.js';
import { BeamSimulation } from '../../../src/workflow/steps/beam-simulation.js';
import { SimulateStep } from '../../../src/workflow/steps/simulate.js';
import { WorkAhead } from '../../../src/workflow/steps/work-ahead.js';
import { WorkflowManager } from '../../../src/workflow/workflow-manager.js';
import { someFigures } from '../../builders/a-beam.js';
import { someDelivery } from '../../builders/some-delivery.js';
import { someSlots } from '../../builders/some-slots.js';
import { FakeBeamStore } from '../../fakes/fake-beam-store.js';
import { FakeCaseStore } from '../../fakes/fake-case-store.js';
import { FakeCaseUploadStore } from '../../fakes/fake-case-upload-store.js';
import { FakeInboxes } from '../../fakes/fake-inboxes.js';
import { FakeDeliveryStore } from '../../fakes/fake-delivery-store.js';
import { FakeGpuFinder } from '../../fakes/fake-gpu-finder.js';
import { FakeLooseEnds } from '../../fakes/fake-loose-ends.js';
import { FakeLogger } from '../../fakes/fake-logger.js';
import { FakeNudge } from '../../fakes/fake-nudge.js';
import { FakeResourceStore } from '../../fakes/fake-resource-store.js';
import { FakeReceiptStore } from '../../fakes/fake-receipt-store.js';
import { FakeTargetStore } from '../../fakes/fake-target-store.js';
import { Life } from './life.js';
import { SETTINGS, World } from './world.js';

/** Ids that are the same for the same seed. */
class ModelCases extends FakeCaseStore {
  constructor(private readonly world: World) {
    super(world.tables);
  }

  override register(request: NewCase): Promise<Registration> {
    return super.register({ ...request, id: `case${String(this.world.tables.cases.size + 1).padStart(8, '0')}` });
  }
}

/** The ports of the world as one process sees them. */
function portsOf(world: World, life: Life) {
  const { tables } = world;
  return {
    cases: life.port('cases', new ModelCases(world)),
    beams: life.port('beams', new FakeBeamStore(tables)),
    resources: life.port('resources', new FakeResourceStore(tables)),
    receipts: life.port('receipts', new FakeReceiptStore(tables)),
    uploads: life.port('uploads', new FakeCaseUploadStore(tables)),
    targetStates: life.port('targetStates', new FakeTargetStore(tables)),
    scheduler: life.port('scheduler', world.jobs),
    doses: life.port('doses', world.doses),
    targets: world.targets.map((target) => life.port('target', target)),
    engine: life.port('engine', world.engine, ['readProgress']),
    clock: life.clock(world.clock),
  };
}

type Ports = ReturnType<typeof portsOf>;

/** Steps that read DICOM are not what the model is about: these end as the world's troubles say. */
function scripted(world: World, { clock }: Ports, name: 'validate' | 'interpret'): Step {
  const run = async (kase: Case): Promise<StepOutcome> => {
    await clock.sleep(world.random() * 2_000);
    const trouble = world.stepTroubles.shift();
    if (trouble === 'fails') throw transient('model.step', 'the step failed');
    if (trouble === 'rejects') throw input('model.input', 'the input is wrong');
    if (trouble === 'waits') return { do: 'wait', waitingFor: 'slices', lookAgainAt: clock.now() + 30_000 };
    if (name === 'interpret') return { do: 'advance' };
    const count = World.beamCount(kase.folder);
    const beams = Array.from({ length: count }, (_, n) => someFigures({ beamNumber: n + 1 }));
    return { do: 'advance', facts: { beamCount: count }, beams };
  };
  return { name, run };
}

/** Never looks at the disk: in the model nothing is cleaned. */
class ModelControl extends OperatorControl {
  protected override isCleaned(): Promise<boolean> {
    return Promise.resolve(false);
  }
}

function controlOf(world: World, ports: Ports, inboxes: FakeInboxes, nudge: Nudge): OperatorControl {
  const { cases, beams, receipts, scheduler, clock } = ports;
  const { folders } = world;
  const spelling = new FolderSpelling(cases, inboxes);
  const log = new FakeLogger();
  return new ModelControl(cases, beams, receipts, scheduler, inboxes, folders, clock, nudge, log, spelling);
}

/** An operator's process: `mqi cancel ID` and the like. */
export class ModelOperator {
  readonly life: Life;
  readonly control: OperatorControl;

  constructor(world: World) {
    this.life = new Life(world.random, { busy: 0, lost: 0 });
    this.control = controlOf(world, portsOf(world, this.life), inboxOf(world), new FakeNudge());
  }
}

/** The service process, from its start to its death or orderly end: the real classes on the world's ports. */
export class ModelService {
  readonly life: Life;
  readonly manager: WorkflowManager;
  readonly slots: Slots;
  readonly control: OperatorControl;
  readonly log = new FakeLogger();
  readonly #inboxes: FakeInboxes;
  readonly #ports: Ports;
  readonly #registrar: Registrar;
  readonly #cancelledBeams: EndCancelledBeams;
  readonly #attempts: CloseAbandonedAttempts;
  readonly #jobs: EndLostJobs;
  readonly #watch: GpuWatch;
  readonly #deliveries: DeliveryWatch;
  readonly #stop = new AbortController();
  #sweeping: Promise<void> = Promise.resolve();
  readonly #identity = new ServiceIdentity();
  ended = false;

  constructor(private readonly world: World) {
    this.life = new Life(world.random, world.troubles);
    this.#ports = portsOf(world, this.life);
    this.#inboxes = inboxOf(world);
    const { cases, beams, engine, scheduler, doses, receipts, targets, clock } = this.#ports;
    const { folders } = world;
    const finder = new FakeGpuFinder(world.resources);
    const { resources } = this.#ports;
    const { log } = this;
    const ports = { finder, resources, beams, scheduler, clock, log, settings: SETTINGS, identity: this.#identity };
    const { slots: made, watch } = someSlots(ports);
    this.slots = made;
    this.#watch = watch;
    const { slots } = this;
    const ahead = new WorkAhead(engine, scheduler, folders, clock);
    const beam = new BeamSimulation(beams, cases, engine, scheduler, doses, folders, clock, SETTINGS, slots, ahead);
    const { uploads, targetStates } = this.#ports;
    const deliveries = new FakeDeliveryStore(world.tables);
    const delivering = { targets, cases, beams, doses, receipts, uploads, targetStates, deliveries };
    const { step, watchOf } = someDelivery({ ...delivering, folders, clock, log, settings: SETTINGS });
    const steps = [
      scripted(world, this.#ports, 'validate'),
      scripted(world, this.#ports, 'interpret'),
      new SimulateStep(beams, cases, SETTINGS, clock, beam),
      new AssembleStep(beams, doses, folders),
      step,
    ];
    this.manager = new WorkflowManager(cases, steps, clock, this.log, SETTINGS, this.#identity, slots);
    this.#deliveries = watchOf(this.manager);
    this.control = controlOf(world, this.#ports, this.#inboxes, this.manager);
    const ends = this.life.port('ends', new FakeLooseEnds(world.tables));
    this.#attempts = new CloseAbandonedAttempts(ends, clock, this.log);
    this.#jobs = new EndLostJobs(ends, scheduler, folders, clock, this.log);
    this.#cancelledBeams = new EndCancelledBeams(beams, this.control, this.log);
    const spelling = new FolderSpelling(cases, this.#inboxes);
    this.#registrar = new Registrar(cases, this.control, this.manager, clock, this.log, SETTINGS, spelling);
  }

  get alive(): boolean {
    return !this.life.dead && !this.ended;
  }

  /** As `MqiService.open` and `run` do; a start that fails is tried again by whoever supervises it. */
  async start(): Promise<void> {
    try {
      await this.#ports.cases.releaseOrphans(this.#identity.owner, this.world.clock.now());
    } catch {
      this.ended = true; // The supervisor starts another.
      return;
    }
    const running = this.manager.run(this.#stop.signal);
    void running.then(() => {
      this.slots.close();
      this.ended = true;
    });
    void this.#watch.run(this.#stop.signal);
    void this.#deliveries.run(this.#stop.signal);
    void this.#reconcile();
    // What is offered at the start, too, is offered one content after the other.
    this.#sweeping = this.#sweeping.then(() =>
      this.#inboxes.start(
        (found) => this.#registrar.register(found),
        () => Promise.resolve(true),
      ),
    );
    await this.#sweeping;
  }

  /** SIGTERM. */
  stop(): void {
    this.#stop.abort(new Error('the service stops'));
  }

  /** As the reconciler does; of its repairs, those that the rows depend on. */
  async #reconcile(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      await this.#cancelledBeams.repair().catch(() => 0);
      await this.#attempts.repair().catch(() => 0);
      await this.#jobs.repair().catch(() => 0);
      await this.#ports.clock.sleep(10_000, this.#stop.signal);
    }
  }

  /** What the watcher sees now is offered; what failed before, again. Of one folder one content at a time, as it does. */
  async sweep(): Promise<void> {
    this.#sweeping = this.#sweeping.then(async () => {
      for (const [folder, content] of this.world.inbox) this.#inboxes.of().watcher.drop(folder, content);
      await this.#inboxes.of().watcher.sweep();
    });
    await this.#sweeping;
  }

  /** The database told of another process's commit. */
  async hear(): Promise<void> {
    try {
      await this.manager.reconcile();
    } catch {
      // As the service does: the next one is heard.
    }
  }
}

function inboxOf(world: World): FakeInboxes {
  const inboxes = new FakeInboxes();
  for (const [folder, content] of world.inbox) inboxes.of().watcher.drop(folder, content);
  return inboxes;
}
