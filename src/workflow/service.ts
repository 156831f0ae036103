import { Inject, Service } from 'typedi';
import type { Case } from '../domain/case.js';
import { CaseError, operator } from '../domain/errors.js';
import { CaseQueries } from '../ports/case-queries.js';
import { CaseStore } from '../ports/case-store.js';
import { Clock } from '../ports/clock.js';
import { Companions, type Companion } from '../ports/companions.js';
import { Database } from '../ports/database.js';
import { Inboxes } from '../ports/inboxes.js';
import { InstanceLock } from '../ports/instance-lock.js';
import { Logger } from '../ports/logger.js';
import { Settings } from '../ports/settings.js';
import { ControlFiles } from './control-files.js';
import { DeliveryWatch } from './delivery/delivery-watch.js';
import { TurnsApart } from './delivery/turns-apart.js';
import { DiskWatch } from './disk-watch.js';
import { GpuWatch } from './gpu-watch.js';
import { LoopWatch } from './loop-watch.js';
import { Reconciler } from './reconciler.js';
import { Registrar } from './registrar.js';
import { Retention } from './retention.js';
import { ServiceIdentity } from './service-identity.js';
import { Slots } from './slots.js';
import { WorkflowManager } from './workflow-manager.js';

const IDLE_LOOK_MS = 100;
/** While a service that ends is waited for. */
const LOCK_LOOK_MS = 200;

/** How long a start waits for the service before it (a rolling restart); it refuses at once if not told to wait. */
export interface Patience {
  readonly waitMs: number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
}

/** The service as a whole: takes the root, goes on where the last one ended, works, and lets go in order. */
@Service()
export class MqiService {
  constructor(
    @Inject(InstanceLock) private readonly lock: InstanceLock,
    @Inject(Database) private readonly database: Database,
    @Inject(CaseStore) private readonly cases: CaseStore,
    @Inject(CaseQueries) private readonly queries: CaseQueries,
    @Inject(Inboxes) private readonly inboxes: Inboxes,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    private readonly registrar: Registrar,
    private readonly controlFiles: ControlFiles,
    private readonly manager: WorkflowManager,
    private readonly reconciler: Reconciler,
    private readonly loop: LoopWatch,
    private readonly identity: ServiceIdentity,
    private readonly retention: Retention,
    private readonly gpus: GpuWatch,
    private readonly slots: Slots,
    private readonly deliveries: DeliveryWatch,
    private readonly apart: TurnsApart,
    private readonly disks: DiskWatch,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(Companions) private readonly companions: readonly Companion[],
  ) {}

  /** Takes the locks of root and database and opens the database; throws if another service holds one of them. */
  async open(patience?: Patience): Promise<void> {
    await this.#acquire(patience);
    try {
      await this.database.open();
      await this.#takeOver();
      await this.slots.open();
    } catch (thrown) {
      await this.lock.release();
      throw thrown;
    }
  }

  /**
   * Works until the signal aborts or, with `once`, until nothing is left to do. Jobs that run are left running. Resolves
   * with the number of cases that failed or were rejected since the start when `once`, else with 0. Rejects when the
   * database is lost under it.
   */
  async run(once: boolean, signal: AbortSignal): Promise<number> {
    const startedAt = this.clock.now();
    const ending = new AbortController();
    const lost = new AbortController();
    const stopped = AbortSignal.any([signal, ending.signal, lost.signal]);
    const endOn = (loss: CaseError): void => {
      this.log.error('database lost, the service ends', { code: loss.code });
      lost.abort(loss);
    };
    this.lock.onLost(() => {
      endOn(lockLost());
    });
    const unguard = this.database.onLoss(endOn);
    const unwatch = this.database.onForeignCommit(() => void this.#reconcile());
    const working = Promise.all(
      [
        ...[this.manager, this.reconciler, this.retention, this.loop, this.gpus, this.deliveries, this.disks],
        ...this.companions,
        // Each has a signal of its own: Node takes many listeners at one for a leak, and says so.
      ].map((part) => part.run(AbortSignal.any([stopped]))),
    );
    try {
      await this.inboxes.start(
        (folder) => this.registrar.register(folder),
        (file) => this.controlFiles.obey(file),
        // One that ends when nothing is left to do must not end before it has seen what changed while none ran.
        once,
      );
      this.log.info('service started', { pid: process.pid });
      if (once) await this.#untilNothingIsLeft(stopped);
      else await untilAborted(stopped);
    } finally {
      await this.inboxes.stop();
      unwatch();
      unguard();
      ending.abort(new Error('the service stops'));
      await working;
      this.slots.close();
    }
    lost.signal.throwIfAborted();
    return once ? await this.#badEnds(startedAt) : 0;
  }

  async close(): Promise<void> {
    await this.database.close();
    await this.lock.release();
    this.log.info('service ended');
  }

  async #acquire({ waitMs, signal }: Patience = { waitMs: 0, signal: new AbortController().signal }): Promise<void> {
    const endMs = this.clock.monotonicMs() + waitMs;
    for (let tries = 1; ; tries += 1) {
      try {
        await this.lock.acquire();
        return;
      } catch (thrown) {
        const isHeld = thrown instanceof CaseError && thrown.code === 'service.already-running';
        if (!isHeld || signal.aborted || this.clock.monotonicMs() >= endMs) throw thrown;
        if (tries === 1) this.log.info('waiting for another service to end', { delayMs: waitMs });
        await this.clock.sleep(LOCK_LOOK_MS, signal);
      }
    }
  }

  /** Frees what services before this one held; we hold the lock, so none of them is alive. */
  async #takeOver(): Promise<void> {
    const at = this.clock.now();
    const freed = await this.cases.releaseOrphans(this.identity.owner, at);
    if (freed === 0) return;
    this.log.info('cases taken over from a service that ended', { count: freed });
    for (const { kase } of await this.queries.list({ held: true })) {
      const { id, error, updatedAt } = kase;
      if (error?.code !== 'case.crash-loop' || updatedAt !== at) continue;
      const { code, severity, remedy } = error;
      this.log.child({ caseId: id }).error('case held, the service ended with it again', { code, severity, remedy });
    }
  }

  async #reconcile(): Promise<void> {
    try {
      await this.manager.reconcile();
    } catch (thrown) {
      // The next foreign commit or poll looks again; the database says what is wrong with it elsewhere, as an error.
      this.log.warn('looking at a foreign change failed', {}, thrown);
    }
  }

  /** Left to do: folders still settling, and active cases that neither wait for data nor for a person. */
  async #untilNothingIsLeft(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      // A share that is away is not waited for.
      const seen = this.inboxes
        .states()
        .every(
          ({ settling, lastSweepAt, lostSince }) =>
            lostSince !== null || (lastSweepAt !== null && settling.length === 0),
        );
      const works = this.manager.active > 0 || this.apart.begunBySteps > 0;
      if (seen && !works && !(await this.#anythingDue())) return;
      await this.clock.sleep(IDLE_LOOK_MS, signal);
    }
  }

  async #anythingDue(): Promise<boolean> {
    const active = await this.queries.list({
      states: ['registered', 'validated', 'interpreted', 'simulated', 'assembled'],
    });
    const free = active.map(({ kase }) => kase).filter(({ heldBecause }) => heldBecause === null);
    if (free.some(({ waitingFor }) => waitingFor === null)) return true;
    const delivering = free.filter(({ state }) => state === 'assembled');
    return delivering.length > 0 && (await this.#anyTargetLeft(delivering));
  }

  /** A target that is down is tried as often as a step would be; then who runs us with `once` is told that cases wait. */
  async #anyTargetLeft(cases: readonly Case[]): Promise<boolean> {
    const { maxRetries } = this.settings.processing;
    const down = (await this.queries.targets()).filter(({ target }) => target.failures > maxRetries);
    return cases.some(({ waitingFor }) => !down.some(({ target }) => waitingFor?.includes(`target ${target.name} `)));
  }

  async #badEnds(since: number): Promise<number> {
    const bad = await this.queries.list({ states: ['failed', 'rejected'] });
    // Of those that wait, only delivery is ours to have done: data that is missing is not.
    const undelivered = (await this.queries.list({ states: ['assembled'], held: false })).length;
    return bad.filter(({ kase }) => (kase.finishedAt ?? 0) >= since).length + undelivered;
  }
}

/** Another service has our lock: it has taken our cases over, so every write of ours is refused already. */
const lockLost = (): CaseError =>
  operator('service.lock-lost', 'another service took the database over while the connection to it was cut', {
    remedy: 'leave that one running, or end it and start this one again',
  });

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener(
      'abort',
      () => {
        resolve();
      },
      { once: true },
    );
  });
}
