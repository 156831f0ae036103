import type { Clock } from '../ports/clock.js';

/**
 * One answer for all who ask within a while: however many pages are open, it is made at most once in that time. A failed
 * making is told to all who wait for it and is not kept. No await stands between the look at what is there and its
 * replacement, so two makings never run side by side.
 */
export class SharedAnswer<T> {
  #answer: Promise<T> | null = null;
  #madeAt = -Infinity;

  /** @param keepMs how old an answer may be, counted from when its making began */
  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly keepMs: number,
    private readonly make: () => Promise<T>,
  ) {}

  get(): Promise<T> {
    const now = this.clock.monotonicMs();
    if (this.#answer !== null && now - this.#madeAt < this.keepMs) return this.#answer;
    const answer = this.make();
    this.#answer = answer;
    this.#madeAt = now;
    answer.catch(() => {
      if (this.#answer === answer) this.#answer = null;
    });
    return answer;
  }
}
