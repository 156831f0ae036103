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
  constructor(
    private readonly book: SlotBook,
    private readonly watch: GpuWatch,
    private readonly resources: ResourceStore,
    private readonly scheduler: Scheduler,
    private readonly clock: Clock,
    private readonly log: Logger,
  ) {}

  /** Looks, and frees what is empty. What is not stays `leaving`, to be tried after the next look. */
  async takeBack(): Promise<void> {
    const { leaving } = this.book;
    await this.watch.look(Math.max(...leaving.map((grant) => grant.leaving?.mark ?? 0)));
    for (const grant of leaving) {
      try {
        if (this.book.isOthers(grant) || (await this.#isEmpty(grant))) await this.#free(grant);
      } catch (thrown) {
        const { code } = toCaseError(thrown);
        this.log.warn('a place could not be taken back yet', { resource: grant.slot.id, code }, thrown);
      }
    }
  }

  /** Nothing was ever started on it. */
  async freeUnused(grant: Grant): Promise<void> {
    try {
      await this.resources.release(grant.slot.resourceIds, grant.beamId);
    } catch (thrown) {
      // The next beam on it overwrites the lease; a service after us ends it.
      this.log.warn('the end of a lease was not written', { resource: grant.slot.id }, thrown);
    }
    this.book.free(grant, this.watch.begun);
  }

  /** The lease is ended first: a place without holder has none. */
  async #free(grant: Grant): Promise<void> {
    await this.resources.release(grant.slot.resourceIds, grant.beamId);
    this.book.free(grant, this.watch.begun);
  }

  async #isEmpty({ slot, usedBeforeMiB, leaving }: Grant): Promise<boolean> {
    if (leaving === null || this.watch.trouble !== null) return false;
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
