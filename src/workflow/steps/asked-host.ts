import type { Scheduler } from '../../ports/scheduler.js';

/**
 * Whom one beam has asked last whether it takes a job. As long as that host (or its Slurm) has not said yes, the beam is said
 * to wait for its answer, also while it asks again, which takes seconds with a controller that hangs: the host's places look
 * free all the while, and "waiting for a free slot" would send people the wrong way.
 */
export class AskedHost {
  #silent: string | null = null;

  constructor(private readonly scheduler: Pick<Scheduler, 'ready'>) {}

  /** Rejects while the host takes no job. */
  async ready(host: string): Promise<void> {
    this.#silent = host;
    await this.scheduler.ready?.(host);
    this.#silent = null;
  }

  /**
   * The beam queues for a place. What it is said to wait for is forgotten at once, or when the silent host answers, so that a
   * beam which gets no place then says so.
   */
  queues(forget: () => void, signal: AbortSignal): void {
    if (this.#silent === null || this.scheduler.ready === undefined) {
      forget();
      return;
    }
    this.scheduler.ready(this.#silent).then(
      () => {
        if (!signal.aborted) forget();
      },
      () => undefined, // it is still silent: said already, and said again by who asks it for the job
    );
  }
}
