import type { Clock } from '../ports/clock.js';

/** A look at GPUs and the start of a job take less, unless the tool is slow: then waiting for it wins nothing. */
const AT_MOST_MS = 100;
/** A start on this machine takes less; those on others wait for a network, and not for each other. */
const TURN_WITHIN_MS = 30;

/**
 * What ended jobs leave to be done (judging, RT Dose) competes with the start of the next ones for the processor and the
 * database, while a place is idle only for the latter. So it waits until the places that became free have their next jobs,
 * for a tenth of a second at most. Nothing depends on it but time.
 */
export class HandOver {
  /** Hosts of places whose job is being started, by grant, in the order in which they were given. */
  readonly #starting = new Map<object, string>();
  readonly #turns = new Map<object, () => void>();
  #waiting: (() => void)[] = [];

  /** @param isPending a place is being given back that somebody waits for */
  constructor(
    private readonly clock: Clock,
    private readonly isPending: () => boolean,
  ) {}

  /** A place was given; its job has not been started yet. */
  begin(grant: object, host: string): void {
    this.#starting.set(grant, host);
  }

  /** Whether a place there has yet to get its job, however long that takes. */
  isStarting(host: string): boolean {
    return [...this.#starting.values()].includes(host);
  }

  /** Its job was started, or none will be. */
  end(grant: object): void {
    const host = this.#starting.get(grant);
    this.#starting.delete(grant);
    if (host !== undefined) this.#turns.get(this.#first(host) ?? grant)?.();
    this.tell();
  }

  /**
   * Resolves when the places of its host that were given before have their jobs, or after a while. Two starts beside each other take each as long
   * as both, on a machine that has enough to do with one; and jobs started together end together, again and again.
   */
  async turn(grant: object): Promise<void> {
    const host = this.#starting.get(grant);
    if (host === undefined || this.#first(host) === grant) return;
    const done = new AbortController();
    const told = new Promise<void>((resolve) => this.#turns.set(grant, resolve));
    const late = this.clock.sleep(TURN_WITHIN_MS, done.signal).catch(() => undefined);
    await Promise.race([told, late]);
    this.#turns.delete(grant);
    done.abort();
  }

  /** To be called when what `isPending` says may have changed. */
  tell(): void {
    if (this.#starting.size > 0 || this.isPending()) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #first(host: string): object | undefined {
    return [...this.#starting].find(([, of]) => of === host)?.[0];
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
