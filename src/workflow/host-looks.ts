import type { CaseError } from '../domain/errors.js';
import type { WatchedResource } from '../domain/gpu-rules.js';
import type { Clock } from '../ports/clock.js';

/** A look that takes long is not repeated at once: it is the driver's time too. At most this share goes to looking. */
const PAUSE_PER_LOOK = 1;

/**
 * The looks at one host, one at a time: whoever asks while one runs gets the next one, shared with all who asked meanwhile,
 * so a look that somebody waits for began after they asked. Hosts know nothing of each other: none waits for another.
 */
export class HostLooks {
  /** As after the last look. */
  places: readonly WatchedResource[] = [];
  /** Why the last look failed, in words; null if it worked. */
  trouble: CaseError | null = null;
  #under: { readonly number: number; readonly done: Promise<void> } | null = null;
  #next: Promise<void> | null = null;
  /** Number of the last look that has ended; they are numbered as they begin, over all hosts. */
  #ended = 0;
  #endedAtMs = -Infinity;
  #tookMs = 0;

  /**
   * @param lookOnce never rejects
   * @param number gives the next look its number
   */
  constructor(
    readonly host: string,
    private readonly clock: Clock,
    private readonly number: () => number,
    private readonly lookOnce: (looks: HostLooks) => Promise<void>,
    private readonly looked: () => void,
  ) {}

  get ended(): number {
    return this.#ended;
  }

  /** Whether a look has ended that began after `mark`, and no longer ago than this. */
  isFresh(mark: number, ageMs: number): boolean {
    return this.#ended > mark && this.clock.monotonicMs() - this.#endedAtMs <= ageMs;
  }

  /** When the next one is due that nobody asks for, on the monotonic clock. */
  dueMs(everyMs: number): number {
    return this.#endedAtMs + Math.max(everyMs, this.#tookMs * PAUSE_PER_LOOK);
  }

  /** Resolves when a look has ended that began after `mark` was taken. Never rejects. */
  async look(mark: number): Promise<void> {
    if (this.#ended > mark) return;
    if (this.#under === null) {
      await this.#begin();
      return;
    }
    if (this.#under.number > mark) {
      await this.#under.done;
      return;
    }
    this.#next ??= this.#under.done.then(() => {
      this.#next = null;
      return this.#begin();
    });
    await this.#next;
  }

  #begin(): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    const number = this.number();
    const done = this.lookOnce(this).finally(() => {
      this.#under = null;
      this.#ended = number;
      this.#endedAtMs = this.clock.monotonicMs();
      this.#tookMs = this.#endedAtMs - startedMs;
      this.looked();
    });
    this.#under = { number, done };
    return done;
  }
}
