import type { Clock } from '../../src/ports/clock.js';

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Virtual time: stands still until `advance`. Starts at a fixed date unless told otherwise. */
export class FakeClock implements Clock {
  #epochMs: number;
  #elapsedMs = 0;
  #sleepers: Sleeper[] = [];

  constructor(startMs = Date.UTC(2026, 0, 5, 8, 0, 0)) {
    this.#epochMs = startMs;
  }

  now(): number {
    return this.#epochMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /** How many sleeps are pending: tests wait for this before they advance. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { dueMs: this.#elapsedMs + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  /**
   * Lets `ms` pass. Sleeps that fall due end in order, each at its own time; what they set going runs before time goes
   * on, so a loop of short sleeps turns as often as it would have.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsedMs + ms;
    await settled();
    for (let next = this.#nextDue(end); next !== undefined; next = this.#nextDue(end)) {
      this.#moveTo(next.dueMs);
      next.wake();
      await settled();
    }
    this.#moveTo(end);
  }

  /** Moves the wall clock alone, as an administrator or NTP does. */
  setNow(epochMs: number): void {
    this.#epochMs = epochMs;
  }

  #nextDue(end: number): Sleeper | undefined {
    const due = this.#sleepers.filter(({ dueMs }) => dueMs <= end);
    return due.sort((a, b) => a.dueMs - b.dueMs)[0];
  }

  #moveTo(elapsedMs: number): void {
    this.#epochMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }
}

/** After pending promise reactions and immediate callbacks have run. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
