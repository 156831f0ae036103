import { Inject, Service } from 'typedi';
import type { Beam, JobHandle } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import { transient } from '../domain/errors.js';
import { BeamStore } from '../ports/beam-store.js';
import { Clock } from '../ports/clock.js';
import { Logger } from '../ports/logger.js';
import { ResourceStore } from '../ports/resource-store.js';
import { Scheduler } from '../ports/scheduler.js';
import { Settings } from '../ports/settings.js';
import { Estimates } from './estimates.js';
import { GpuWatch, type Pace } from './gpu-watch.js';
import { HandOver } from './hand-over.js';
import { ServiceIdentity } from './service-identity.js';
import { nextHost } from './next-host.js';
import { leasedByBeam, SlotBook, type Grant, type HeldSlot } from './slot-book.js';
import { SlotQueue, waitingWords } from './slot-queue.js';
import { SlotReturn } from './slot-return.js';
import { tooFewGpus } from './too-few-gpus.js';
import { UnfollowedJobs } from './unfollowed-jobs.js';

/*
 * The slots, shared by the beams of all cases. A place has one holder, told by beam id.
 *
 *   use      waits for a free place; who is next: slot-queue.ts.
 *   adopt    a beam whose job runs already takes the place it runs on at once, before and beside all others.
 *   reserve  a job that runs while no step follows it (after a restart until its case is claimed, or when a step let go of
 *            it) keeps its place: its end is waited for here, and the beam's step takes the place over with `adopt`.
 *
 * A GPU is given only when a look that began after it was last given back found it free (docs/adr/0085), and leased in the
 * database before anything is started: the holder waits for the lease where it starts its job, nobody else does. After the
 * job it is `leaving` until processes and memory are gone (slot-return.ts). CPU places are given on in the turn they are
 * released in.
 *
 * All bookkeeping (slot-book.ts) and all giving is synchronous, so it cannot be interrupted half-way. Nothing waits in it
 * for a look: what is not known freshly enough is looked at, and the end of that look (`looked`) gives again.
 */

type WaitingCase = Pick<Case, 'id' | 'priority' | 'createdAt'>;

/** A look at a GPU is believed for so long, if nothing was given back meanwhile. */
const FRESH_MS = 1_000;

@Service()
export class Slots {
  readonly #queue = new SlotQueue();
  readonly #book: SlotBook;
  readonly #returns: SlotReturn;
  readonly #handOver: HandOver;
  #opened: Promise<void> | null = null;
  /** Priorities changed while a step runs, by case: the step itself knows only the one it was claimed with. */
  readonly #priorities = new Map<string, number>();
  readonly #unfollowed: UnfollowedJobs;
  /** What beams had when a service before this one ended, by beam id. */
  #leasedBefore: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(
    private readonly watch: GpuWatch,
    private readonly estimates: Estimates,
    private readonly identity: ServiceIdentity,
    @Inject(ResourceStore) private readonly resources: ResourceStore,
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(Scheduler) scheduler: Scheduler,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(Logger) log: Logger,
  ) {
    this.#book = new SlotBook(settings.execution, watch.rules);
    this.#unfollowed = new UnfollowedJobs(scheduler, settings, log);
    this.#handOver = new HandOver(clock, () => this.#queue.length > 0 && this.#book.leaving.length > 0);
    this.#returns = new SlotReturn(this.#book, watch, resources, scheduler, clock, log, this.#give.bind(this));
    watch.attach({
      pace: (host) => this.#pace(host),
      held: () => this.#book.heldIds(),
      used: () => this.#book.usedIds(),
      looked: () => {
        this.#book.see(watch.places);
        this.#giveOut();
      },
      handedOver: (signal) => this.#handOver.over(signal),
    });
  }

  /** Looks for places and takes over those of jobs that run; called by the first use, or before. */
  open(): Promise<void> {
    this.#opened ??= this.#takeOver().catch((thrown: unknown) => {
      this.#opened = null; // the next beam looks again
      throw thrown;
    });
    return this.#opened;
  }

  /**
   * Runs `work` with a place of its own. Aborting rejects with the signal's reason.
   * @param isNext told, once or more often, while the beam waits and none waits before it, with the host of the place that
   * is most likely to be the next one free; null while a job is being started there, whose place is idle
   */
  async use<T>(
    kase: WaitingCase,
    beam: Beam,
    signal: AbortSignal,
    work: (held: HeldSlot) => Promise<T>,
    isNext?: (host: string | null) => void,
  ): Promise<T> {
    await this.open();
    await this.#checkEnough();
    await this.estimates.refresh();
    const priority = this.#priorities.get(kase.id) ?? kase.priority;
    const { id: caseId, createdAt } = kase;
    const times = { sinceMs: this.clock.monotonicMs(), expectedMs: this.estimates.of(beam) };
    const granted = this.#queue.join({ beam, caseId, priority, createdAt, ...times, isNext }, signal);
    this.watch.hurry();
    this.#giveOut();
    const grant = await granted;
    await this.#handOver.turn(grant);
    return this.#hold(grant, beam, null, work);
  }

  /** Runs `work` for a beam whose job runs already, on the place that it runs on. Never waits. */
  async adopt<T>(beam: Beam, work: (held: HeldSlot) => Promise<T>): Promise<T> {
    await this.open();
    this.#unfollowed.handOver(beam.id);
    const grant = this.#book.adopt(beam, this.#leasedBefore.get(beam.id) ?? []);
    return this.#hold(grant, beam, beam.job, work);
  }

  /** For work that an ended job leaves: resolves when the places that became free have their next jobs, or soon. */
  handedOver(signal: AbortSignal): Promise<void> {
    return this.#handOver.over(signal);
  }

  /** The place a service before this one had leased to the beam, if it is still there. */
  leasedTo({ id }: Beam): string | null {
    return this.#book.known(this.#leasedBefore.get(id)?.[0]);
  }

  /** Why beams of this case wait for a place, in words; null when none does. */
  whyWaiting(caseId: string): string | null {
    return waitingWords(this.#queue.of(caseId), this.#book);
  }

  /** Moves the beams of a case in the queue, also those that come to it later; those that run are left alone. */
  prioritise(caseId: string, priority: number): void {
    this.#priorities.set(caseId, priority);
    this.#queue.prioritise(caseId, priority);
  }

  /** The step of this case has ended: the next one is claimed with the priority of its row. */
  forget(caseId: string): void {
    this.#priorities.delete(caseId);
    this.#queue.forget(caseId);
  }

  /** Lets go of the jobs that no step follows; they run on. */
  close(): void {
    this.#unfollowed.close();
  }

  async #takeOver(): Promise<void> {
    await this.watch.look(this.watch.begun);
    await this.watch.written();
    this.#leasedBefore = leasedByBeam(await this.resources.all());
    await this.resources.releaseOthers(this.identity.owner);
    const running = await this.beams.submitted();
    this.#book.see(this.watch.places);
    for (const beam of running) {
      if (beam.job === null || this.#book.grantOf(beam.id) !== undefined) continue;
      const grant = this.#book.adopt(beam, this.#leasedBefore.get(beam.id) ?? []);
      this.#unfollowed.follow(beam, beam.job, this.#release.bind(this, grant, beam.job));
      // Its job had ended, and only its results are still to be brought, where another beam runs there by now.
      if (grant.isGpu && !this.#book.isOthers(grant)) await this.#writeLease(grant, beam.attempt);
    }
  }

  /** Waiting would be in vain where there are fewer GPUs than one beam is to get. */
  async #checkEnough(): Promise<void> {
    if (this.#mayHope()) return;
    await this.watch.look(this.watch.begun);
    if (this.#mayHope()) return;
    throw tooFewGpus(this.settings.execution);
  }

  #giveOut(): void {
    this.#returns.takeBack();
    this.#give();
  }

  #give(): void {
    const old = this.#lookAgain();
    while (this.#mayGive() && this.#giveOne(old));
    this.#tellNext();
    this.#returns.endLeases();
    this.#handOver.tell();
  }

  #tellNext(): void {
    this.#queue.next(this.clock.monotonicMs())?.isNext?.(nextHost(this.#book, this.#handOver));
  }

  /** Hosts of which what is known is too old to give a GPU of theirs; they are being looked at now, if somebody waits. */
  #lookAgain(): ReadonlySet<string> {
    const toLookAt = this.#mayGive() ? [...this.#book.hostsToLookAt] : [];
    const old = toLookAt.filter(([host, mark]) => !this.watch.isFresh(host, mark, FRESH_MS));
    for (const [host, mark] of old) this.watch.refresh(host, mark);
    return new Set(old.map(([host]) => host));
  }

  #mayHope(): boolean {
    return this.#book.hasEnough() || this.watch.hasTrouble;
  }

  #mayGive(): boolean {
    return this.#queue.length > 0 && this.#book.mayGive;
  }

  /** False when nobody can be served. */
  #giveOne(old: ReadonlySet<string>): boolean {
    const nowMs = this.clock.monotonicMs();
    const waiting = this.#queue.next(nowMs);
    // A tool that fails is not waited for again.
    const mayQueue = [...old].every((host) => this.watch.troubleOf(host) !== null);
    const chosen = waiting === undefined ? null : this.#book.choose(waiting.caseId, old, mayQueue);
    if (waiting === undefined || chosen === null) return false;
    this.#queue.served(waiting, nowMs);
    const grant = this.#book.hold(waiting.beam, chosen);
    grant.expectedEndMs = waiting.expectedMs === null ? null : nowMs + waiting.expectedMs;
    if (grant.isGpu) grant.leased = this.#lease(grant, waiting.beam.attempt + 1);
    grant.leased.catch(() => undefined); // the holder hears of it
    this.#handOver.begin(grant, grant.slot.host);
    if (!waiting.grant(grant)) this.#release(grant, null);
    return true;
  }

  async #lease(grant: Grant, attempt: number): Promise<void> {
    await this.#returns.leasesEnded();
    if (await this.#writeLease(grant, attempt)) return;
    throw transient('gpu.busy', `${grant.slot.gpuUuids.join(', ')} is leased to another service`);
  }

  async #writeLease({ slot, beamId }: Grant, attempt: number): Promise<boolean> {
    await this.watch.written(slot.resourceIds); // a GPU that has only just appeared has its row
    const { owner } = this.identity;
    return this.resources.lease(slot.resourceIds, { owner, beamId, attempt, since: this.clock.now() });
  }

  async #hold<T>(
    grant: Grant,
    beam: Beam,
    running: JobHandle | null,
    work: (held: HeldSlot) => Promise<T>,
  ): Promise<T> {
    let job = running;
    let isGivenBack = false as boolean;
    const giveBack = (): void => {
      if (!isGivenBack) this.#release(grant, job);
      isGivenBack = true;
    };
    const runs = (started: JobHandle): void => {
      job = started;
      this.#handOver.end(grant);
      this.#tellNext();
    };
    try {
      const { slot, leased, lost } = grant;
      const result = await work({ ...slot, leased, runs, over: giveBack, lost: lost.signal });
      giveBack();
      return result;
    } catch (thrown) {
      // Let go of, aborted, or its row could not be written: the job may run on, and then nobody else may have its place.
      if (job === null) giveBack();
      else if (!isGivenBack) this.#unfollowed.follow(beam, job, this.#release.bind(this, grant, job));
      throw thrown;
    }
  }

  /** @param job what ran there; null if nothing was started */
  #release(grant: Grant, job: JobHandle | null): void {
    this.#handOver.end(grant);
    const mark = this.watch.begun;
    if (!grant.isGpu) this.#book.free(grant, mark);
    else if (job === null) {
      void this.#returns.freeUnused(grant).then(() => {
        this.#giveOut();
      });
    } else this.#book.leave(grant, { job, sinceMs: this.clock.monotonicMs(), mark });
    this.watch.hurry();
    this.#giveOut();
  }

  #pace(host: string): Pace {
    const isHere = ({ slot }: Grant): boolean => slot.host === host;
    if (this.#book.leaving.some(isHere)) return 'leaving';
    const mayOpen = this.watch.troubleOf(host) !== null || this.#book.unheld.some((one) => one.host === host);
    if (this.#queue.length > 0 && mayOpen) return 'waiting';
    return this.#book.grants.some(isHere) ? 'running' : 'rest';
  }
}
