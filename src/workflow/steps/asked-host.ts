import type { Clock } from '../../ports/clock.js';
import type { Scheduler } from '../../ports/scheduler.js';

const ASK_AGAIN_MS = 5_000;

/**
 * Whom one beam has asked last whether it takes a job. As long as that host (or its Slurm) has not said yes, the beam is said
 * to wait for its answer, also while it asks again, which takes seconds with a controller that hangs, and while it queues
 * for a place: "waiting for a free slot" would send people the wrong way.
 */
export class AskedHost {
  #silent: string | null = null;
  /** Ends the asking beside the queue. */
  #queued = new AbortController();

  constructor(
    private readonly scheduler: Pick<Scheduler, 'ready'>,
    private readonly clock: Pick<Clock, 'sleep'>,
  ) {}

  /** Rejects while the host takes no job. */
  async ready(host: string): Promise<void> {
    this.#queued.abort();
    this.#silent = host;
    await this.scheduler.ready?.(host);
    this.#silent = null;
  }

  /**
   * The beam queues for a place. What it is said to wait for is forgotten at once, or when the silent host answers, so that a
   * beam which gets no place then says so.
   */
  queues(forget: () => void, signal: AbortSignal): void {
    this.#queued.abort();
    this.#queued = new AbortController();
    if (this.#silent === null) forget();
    else void this.#forgetWhenItAnswers(this.#silent, forget, AbortSignal.any([signal, this.#queued.signal]));
  }

  /** The beam goes no further. */
  close(): void {
    this.#queued.abort();
  }

  /** Never rejects: that it is silent still is said already, and said again by who asks it for the job. */
  async #forgetWhenItAnswers(host: string, forget: () => void, signal: AbortSignal): Promise<void> {
    const queues = (): boolean => !signal.aborted;
    while (queues()) {
      try {
        await this.scheduler.ready?.(host);
        if (queues()) forget();
        return;
      } catch {
        await this.clock.sleep(ASK_AGAIN_MS, signal);
      }
    }
  }
}
