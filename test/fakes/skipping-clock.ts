import { SystemClock } from '../../src/adapters/system-clock/system-clock.js';

/** The machine's clock, which a test puts forward instead of waiting: limits are over at once, and only when it says so. */
export class SkippingClock extends SystemClock {
  #skippedMs = 0;

  /** What sleeps is not woken. */
  skip(ms: number): void {
    this.#skippedMs += ms;
  }

  override now(): number {
    return super.now() + this.#skippedMs;
  }

  override monotonicMs(): number {
    return super.monotonicMs() + this.#skippedMs;
  }
}
