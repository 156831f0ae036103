import type { EpochMs } from '../domain/time.js';
import type { EndedAttempt, RunFeed } from '../ports/run-feed.js';

/** An attempt is written some time after the moment it says it ended at: a busy disk, a commit tried again. */
const LATE_MS = 60_000;
const READ_AT_ONCE = 500;

/**
 * Each ended attempt once, for one reader. What ended within the last minute is read again and told apart by its number, so
 * that one that is committed late is not missed.
 */
export class EndedAttempts {
  readonly #seen = new Map<number, EpochMs>();
  #until: EpochMs;

  /** @param from attempts that ended before are not told */
  constructor(
    private readonly feed: Pick<RunFeed, 'attemptsEnded'>,
    private readonly from: EpochMs,
  ) {
    this.#until = from;
  }

  /** Those that have ended since the last call. */
  async next(): Promise<readonly EndedAttempt[]> {
    const fresh: EndedAttempt[] = [];
    let since = Math.max(this.from, this.#until - LATE_MS);
    for (;;) {
      const ended = await this.feed.attemptsEnded(since, READ_AT_ONCE);
      fresh.push(...ended.filter((one) => this.#isNew(one)));
      const last = ended.at(-1)?.attempt.finishedAt ?? since;
      // Many may have ended in the same millisecond; more than are read at once, never.
      if (ended.length < READ_AT_ONCE || last === since) break;
      since = last;
    }
    for (const [id, at] of this.#seen) if (at < this.#until - LATE_MS) this.#seen.delete(id);
    return fresh;
  }

  #isNew({ attempt: { id, finishedAt } }: EndedAttempt): boolean {
    if (finishedAt === null || this.#seen.get(id) === finishedAt) return false;
    this.#seen.set(id, finishedAt);
    this.#until = Math.max(this.#until, finishedAt);
    return true;
  }
}
