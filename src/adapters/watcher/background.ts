import type { Clock } from '../../ports/clock.js';

/** Work that goes on by itself and that an end waits for. */
export class Background {
  readonly #running = new Set<Promise<void>>();

  /** @param failed told of work that rejected: that is a bug */
  constructor(private readonly failed: (thrown: unknown) => void) {}

  /** Never rejects. */
  run(work: Promise<void>): Promise<void> {
    const done = work.catch(this.failed).finally(() => this.#running.delete(done));
    this.#running.add(done);
    return done;
  }

  /** Resolves when all work has ended, or after `limitMs`: a call to a share that hangs may never come back. */
  async end(clock: Clock, limitMs: number): Promise<void> {
    const enough = new AbortController();
    const late = clock.sleep(limitMs, enough.signal);
    const ended = async (): Promise<void> => {
      while (this.#running.size > 0 && !enough.signal.aborted) await Promise.all(this.#running);
    };
    await Promise.race([ended(), late]);
    enough.abort();
  }
}
