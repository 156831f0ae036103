/** Places for calls on a network share. Of the four threads of Node's pool the guard's look may hold one more. */
export const CALLS_AT_ONCE_ON_A_SHARE = 2;
/** Enough to keep all threads of the pool busy, few enough to stay responsive. */
export const CALLS_AT_ONCE = 64;

/**
 * The calls that the watcher makes of an inbox: how many there were, and never more at once than `atOnce`. A call to a share
 * whose server hangs keeps one thread of Node's pool until the kernel lets go; database, log and everything else need that
 * pool too. What waits for its turn is served in order.
 */
export class InboxCalls {
  total = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(public atOnce = CALLS_AT_ONCE_ON_A_SHARE) {}

  /** @param calls what `call` counts for: system calls that go to the file system */
  async do<T>(call: () => Promise<T>, calls = 1): Promise<T> {
    if (this.#running < this.atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.total += calls;
    try {
      return await call();
    } finally {
      // The place is handed over, so that nobody slips in between.
      const next = this.#running > this.atOnce ? undefined : this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
