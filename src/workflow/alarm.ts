import type { Clock } from '../ports/clock.js';

/** Wakes one waiter; a ring while nobody waits is kept for the next wait, so that no wake-up is lost. */
export class Alarm {
  #rung = false;
  #waiting: AbortController | null = null;

  constructor(private readonly clock: Clock) {}

  ring(): void {
    this.#rung = true;
    this.#waiting?.abort();
  }

  /** Resolves at the next ring, at once if one is kept, or after `ms`. */
  async wait(ms: number): Promise<void> {
    if (!this.#rung) {
      this.#waiting = new AbortController();
      await this.clock.sleep(ms, this.#waiting.signal);
      this.#waiting = null;
    }
    this.#rung = false;
  }
}
