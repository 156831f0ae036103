import type { Clock } from '../ports/clock.js';

/** A look at GPUs and the start of a job take less, unless the tool is slow: then waiting for it wins nothing. */
const AT_MOST_MS = 100;

/**
 * What ended jobs leave to be done (judging, RT Dose) competes with the start of the next ones for the processor and the
 * database, while a place is idle only for the latter. So it waits until the places that became free have their next jobs,
 * for a tenth of a second at most. Nothing depends on it but time.
 */
export class HandOver {
  readonly #starting = new Set<object>();
  #waiting: (() => void)[] = [];

  /** @param isPending a place is being given back that somebody waits for */
  constructor(
    private readonly clock: Clock,
    private readonly isPending: () => boolean,
  ) {}

  /** A place was given; its job has not been started yet. */
  begin(grant: object): void {
    this.#starting.add(grant);
  }

  /** Its job was started, or none will be. */
  end(grant: object): void {
    this.#starting.delete(grant);
    this.tell();
  }

  /** To be called when what `isPending` says may have changed. */
  tell(): void {
    if (this.#starting.size > 0 || this.isPending()) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** Resolves when no place is idle for want of a start that is under way, or after a while; also when the signal aborts. */
  async over(signal: AbortSignal): Promise<void> {
    if (this.#starting.size === 0 && !this.isPending()) return;
    const done = new AbortController();
    const told = new Promise<void>((resolve) => this.#waiting.push(resolve));
    const late = this.clock.sleep(AT_MOST_MS, AbortSignal.any([signal, done.signal])).catch(() => undefined);
    await Promise.race([told, late]);
    done.abort();
  }
}
