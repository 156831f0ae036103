import { toCaseError } from '../domain/errors.js';
import type { WatchedResource } from '../domain/gpu-rules.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { ResourceStore } from '../ports/resource-store.js';
import type { Scheduler } from '../ports/scheduler.js';
import type { GpuWatch } from './gpu-watch.js';
import type { Grant, SlotBook } from './slot-book.js';

/** Memory may stay with the driver, or go to a desktop, without being a job's. */
const MEMORY_TOLERANCE_MIB = 256;
/** A job that has no process left any more holds its place no longer than this; whether the GPU is free is seen by looks. */
const LEAVING_AT_MOST_MS = 10_000;

/**
 * Takes GPUs back from jobs that have ended: only when a look that began after the end sees neither processes nor the
 * job's memory on them. What is left of the job is killed meanwhile, told by the job's own session and nothing else.
 */
export class SlotReturn {
  /** Hosts whose places are being given back now; true where it is to be tried once more. */
  readonly #under = new Map<string, boolean>();
  /** Given back in bookkeeping, with a lease that is yet to end. */
  #freed: Grant[] = [];
  readonly #ending = new Set<Promise<void>>();

  /** @param onFree there are places to be given on */
  constructor(
    private readonly book: SlotBook,
    private readonly watch: GpuWatch,
    private readonly resources: ResourceStore,
    private readonly scheduler: Scheduler,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly onFree: () => void,
  ) {}

  /**
   * Looks, and frees what is empty. What is not stays `leaving`, to be tried after the next look. Each host by itself: the
   * places of one do not wait for the tool, or the processes, of another.
   */
  takeBack(): void {
    for (const host of new Set(this.book.leaving.map(({ slot }) => slot.host))) {
      if (this.#under.has(host)) this.#under.set(host, true);
      else void this.#takeBackOn(host);
    }
  }

  /** Never rejects. */
  async #takeBackOn(host: string): Promise<void> {
    const leaving = (): readonly Grant[] => this.book.leaving.filter(({ slot }) => slot.host === host);
    let tried: readonly Grant[] = [];
    const isNew = (grant: Grant): boolean => !tried.includes(grant);
    this.#under.set(host, true);
    // What came to leave while we looked was not seen by that look.
    while (leaving().some(isNew) || (this.#under.get(host) === true && leaving().length > 0)) {
      tried = leaving();
      await this.watch.look(Math.max(...tried.map((grant) => grant.leaving?.mark ?? 0)), host);
      this.#under.set(host, false);
      for (const grant of tried) await this.#tryToFree(grant);
    }
    this.#under.delete(host);
  }

  async #tryToFree(grant: Grant): Promise<void> {
    try {
      if (!this.book.isOthers(grant) && !(await this.#isEmpty(grant))) return;
      this.book.free(grant, this.watch.begun);
      this.#freed.push(grant);
      this.onFree();
    } catch (thrown) {
      const { code } = toCaseError(thrown);
      this.log.warn('a place could not be taken back yet', { resource: grant.slot.id, code }, thrown);
    }
  }

  /** Nothing was ever started on it. */
  async freeUnused(grant: Grant): Promise<void> {
    await grant.leased.catch(() => undefined); // told to the holder
    await this.#release(grant);
    this.book.free(grant, this.watch.begun);
  }

  /**
   * Ends the leases of what was given back, but for those that are the next beam's by now: to write over a lease ends it as
   * well. To be called once places have been given on, so that the next job does not wait for this write.
   */
  endLeases(): void {
    for (const grant of this.#freed.splice(0)) {
      const next = this.book.holderOf(grant.slot.resourceIds);
      const ending = next === undefined ? this.#release(grant) : next.leased.catch(() => this.#release(grant));
      if (next !== undefined) continue;
      this.#ending.add(ending);
      void ending.finally(() => this.#ending.delete(ending));
    }
  }

  /** Resolves when no lease is being ended: a new one of the same beam would be taken for the old one. */
  async leasesEnded(): Promise<void> {
    await Promise.all(this.#ending);
  }

  /** Never rejects. */
  async #release({ slot, beamId }: Grant): Promise<void> {
    try {
      await this.resources.release(slot.resourceIds, beamId);
    } catch (thrown) {
      // The next beam on it overwrites the lease; a service after us ends it.
      this.log.warn('the end of a lease was not written', { resource: slot.id }, thrown);
    }
  }

  async #isEmpty({ slot, usedBeforeMiB, leaving }: Grant): Promise<boolean> {
    if (leaving === null || this.watch.troubleOf(slot.host) !== null) return false;
    const gpus = this.book.resources.filter(({ id }) => slot.resourceIds.includes(id));
    // One that is out of service is taken back as it is: nobody gets it.
    const present = gpus.filter(({ outOfService }) => outOfService === null);
    if (present.some(({ missed }) => missed > 0)) return false;
    if (present.every((gpu) => isEmpty(gpu, usedBeforeMiB.get(gpu.id)))) return true;
    await this.scheduler.kill(leaving.job, 0);
    const isOverdue = this.clock.monotonicMs() - leaving.sinceMs >= LEAVING_AT_MOST_MS;
    if (!isOverdue || (await this.scheduler.isRunning(leaving.job))) return false;
    this.log.warn('a GPU is in use by others after its job', { resource: slot.id });
    return true;
  }
}

function isEmpty({ processes, memoryUsedMiB }: WatchedResource, usedBefore: number | undefined): boolean {
  if (processes?.length !== 0) return false;
  // Unknown then or now: processes alone decide.
  return memoryUsedMiB === null || usedBefore === undefined || memoryUsedMiB <= usedBefore + MEMORY_TOLERANCE_MIB;
}
