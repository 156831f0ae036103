import { Inject, Service } from 'typedi';
import type { Beam, JobHandle } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import { bug, operator, toCaseError } from '../domain/errors.js';
import { BeamStore } from '../ports/beam-store.js';
import { GpuFinder } from '../ports/gpu-finder.js';
import { Logger } from '../ports/logger.js';
import { Scheduler } from '../ports/scheduler.js';
import { Settings } from '../ports/settings.js';
import { planSlots, type Slot } from './slot-plan.js';

/*
 * The slots, shared by the beams of all cases. A place is free when nobody holds it; holders are told by beam id.
 *
 *   use      waits for a free place, the highest priority first, then the oldest case, then the lowest beam number.
 *   adopt    a beam whose job runs already takes the place it runs on at once, before and beside all others.
 *   reserve  a job that runs while no step follows it (after a restart until its case is claimed, or when a step let go of
 *            it) keeps its place: its end is waited for here, and the beam's step takes the place over with `adopt`.
 *
 * All bookkeeping is synchronous between two awaits, so no place is granted twice; a place is given on in the turn it is
 * released in.
 */

/** What a holder tells of itself: once a job runs, the place stays taken until the job has ended, whatever the holder does. */
export interface HeldSlot extends Slot {
  /** To be called as soon as a job runs here. */
  runs(job: JobHandle): void;
}

interface Place {
  readonly slot: Slot;
  readonly holders: Set<string>;
}

interface Waiting {
  readonly beam: Beam;
  readonly caseId: string;
  priority: number;
  readonly createdAt: number;
  readonly grant: (place: Place) => void;
}

@Service()
export class Slots {
  #places: readonly Place[] = [];
  #queue: Waiting[] = [];
  #opened: Promise<void> | null = null;
  /** Priorities changed while a step runs, by case: the step itself knows only the one it was claimed with. */
  readonly #priorities = new Map<string, number>();
  /** Waits for jobs that no step follows, by beam id. */
  readonly #reserved = new Map<string, AbortController>();

  constructor(
    @Inject(GpuFinder) private readonly finder: GpuFinder,
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Inject(Settings) private readonly settings: Settings,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** Runs `work` with a place of its own. Aborting rejects with the signal's reason. */
  async use<T>(
    kase: Pick<Case, 'id' | 'priority' | 'createdAt'>,
    beam: Beam,
    signal: AbortSignal,
    work: (held: HeldSlot) => Promise<T>,
  ): Promise<T> {
    await this.#open();
    const priority = this.#priorities.get(kase.id) ?? kase.priority;
    const place = await this.#granted({ ...kase, priority }, beam, signal);
    return this.#hold(place, beam, null, work);
  }

  /** Runs `work` for a beam whose job runs already, on the place that it runs on. Never waits. */
  async adopt<T>(beam: Beam, work: () => Promise<T>): Promise<T> {
    await this.#open();
    this.#endReservation(beam.id);
    const place = this.#placeOf(beam);
    place.holders.add(beam.id);
    return this.#hold(place, beam, beam.job, work);
  }

  /** Why beams of this case wait for a place, in words; null when none does. */
  whyWaiting(caseId: string): string | null {
    const own = this.#queue.filter((waiting) => waiting.caseId === caseId);
    const first = own[0];
    if (first === undefined) return null;
    const ahead = this.#queue.indexOf(first);
    const who = own.length === 1 ? `beam ${String(first.beam.beamNumber)} waits` : `${String(own.length)} beams wait`;
    const before = ahead === 0 ? 'next in line' : `${String(ahead)} before it`;
    return `${who} for one of ${String(this.#places.length)} places to calculate on; ${before}`;
  }

  /** Moves the beams of a case in the queue, also those that come to it later; those that run are left alone. */
  prioritise(caseId: string, priority: number): void {
    this.#priorities.set(caseId, priority);
    for (const waiting of this.#queue) if (waiting.caseId === caseId) waiting.priority = priority;
    this.#queue.sort(inOrder);
  }

  /** The step of this case has ended: the next one is claimed with the priority of its row. */
  forget(caseId: string): void {
    this.#priorities.delete(caseId);
  }

  /** Lets go of the jobs that no step follows; they run on. */
  close(): void {
    for (const id of [...this.#reserved.keys()]) this.#endReservation(id);
  }

  #open(): Promise<void> {
    this.#opened ??= this.#findPlaces().catch((thrown: unknown) => {
      this.#opened = null; // the next beam looks again
      throw thrown;
    });
    return this.#opened;
  }

  async #findPlaces(): Promise<void> {
    const { slots, gpusPerBeam } = this.settings.execution;
    const planned = planSlots(await this.finder.find(), { gpusPerBeam, wanted: slots });
    if (planned.length === 0) {
      throw operator('gpu.too-few', `no ${String(gpusPerBeam)} GPUs are to be had for one beam`, {
        remedy: 'lower execution.gpusPerBeam, then: mqi resume ID',
      });
    }
    const running = await this.beams.submitted();
    this.#places = planned.map((slot) => ({ slot, holders: new Set() }));
    for (const beam of running) {
      if (beam.job !== null) this.#reserve(this.#placeOf(beam), beam, beam.job);
    }
  }

  /** Where a running beam is: the place it has, else the emptiest on its resource, else (resource gone) the emptiest. */
  #placeOf(beam: Beam): Place {
    const emptiest = (places: readonly Place[]): Place | undefined =>
      places.reduce<Place | undefined>(
        (best, p) => (p.holders.size < (best?.holders.size ?? Infinity) ? p : best),
        undefined,
      );
    const place =
      this.#places.find(({ holders }) => holders.has(beam.id)) ??
      emptiest(this.#places.filter(({ slot }) => slot.resourceIds.includes(beam.resourceId ?? ''))) ??
      emptiest(this.#places);
    if (place === undefined) throw bug('slots.none', 'there are no places to calculate on');
    return place;
  }

  #granted(kase: Pick<Case, 'id' | 'priority' | 'createdAt'>, beam: Beam, signal: AbortSignal): Promise<Place> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#queue = this.#queue.filter((other) => other !== waiting);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        beam,
        caseId: kase.id,
        priority: kase.priority,
        createdAt: kase.createdAt,
        grant: (place) => {
          signal.removeEventListener('abort', leave);
          resolve(place);
        },
      };
      if (signal.aborted) {
        leave();
        return;
      }
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(waiting);
      this.#queue.sort(inOrder);
      this.#grantFree();
    });
  }

  #grantFree(): void {
    for (const place of this.#places) {
      if (place.holders.size > 0) continue;
      const next = this.#queue.shift();
      if (next === undefined) return;
      place.holders.add(next.beam.id);
      next.grant(place);
    }
  }

  async #hold<T>(
    place: Place,
    beam: Beam,
    running: JobHandle | null,
    work: (held: HeldSlot) => Promise<T>,
  ): Promise<T> {
    let job = running;
    const runs = (started: JobHandle): void => {
      job = started;
    };
    try {
      const result = await work({ ...place.slot, runs });
      this.#release(place, beam);
      return result;
    } catch (thrown) {
      // Let go of, aborted, or its row could not be written: the job may run on, and then nobody else may have its place.
      if (job === null) this.#release(place, beam);
      else this.#reserve(place, beam, job);
      throw thrown;
    }
  }

  #release(place: Place, { id }: Beam): void {
    place.holders.delete(id);
    this.#grantFree();
  }

  #reserve(place: Place, beam: Beam, job: JobHandle): void {
    place.holders.add(beam.id);
    const letGo = new AbortController();
    this.#reserved.set(beam.id, letGo);
    // With the limits of any job: one that hangs while its case is held must not keep the place for as long.
    const { timeoutMinutes, stallMinutes } = this.settings.engine;
    const limits = { timeoutMs: timeoutMinutes * 60_000, stallMs: stallMinutes * 60_000 };
    const ended = this.scheduler.wait(job, limits, { onLine: () => undefined }, letGo.signal);
    const free = (): void => {
      if (this.#reserved.get(beam.id) !== letGo) return; // taken over by the beam's step
      this.#reserved.delete(beam.id);
      this.#release(place, beam);
    };
    ended.then(free, (thrown: unknown) => {
      if (letGo.signal.aborted) return;
      const { code } = toCaseError(thrown);
      this.log.warn('following a job failed', { beamNumber: beam.beamNumber, caseId: beam.caseId, code }, thrown);
      free();
    });
  }

  #endReservation(beamId: string): void {
    const letGo = this.#reserved.get(beamId);
    this.#reserved.delete(beamId);
    letGo?.abort(new Error('taken over'));
  }
}

function inOrder(a: Waiting, b: Waiting): number {
  return (
    b.priority - a.priority ||
    a.createdAt - b.createdAt ||
    a.caseId.localeCompare(b.caseId) ||
    a.beam.beamNumber - b.beam.beamNumber
  );
}
