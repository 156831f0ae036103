import type { Clock } from '../../ports/clock.js';
import type { WatchedFolder } from './watched-folder.js';

/** Calls per second for looking again at folders already taken: changes that no event told of are found in time. */
const CALLS_PER_SECOND = { events: 100, poll: 200 } as const;
const LOOKS_AT_ONCE = 2;

/**
 * Looks again at folders already taken, one after the other, within a budget of calls, so that it costs next to nothing
 * however many there are. The whole round takes as long as all folders have calls, by the budget: that is the longest time
 * until a change is noticed that no event told of. Those that wait for a marker that does not come are among them. A folder is walked as a whole; what that takes beyond the budget is paid
 * for by the next sweeps.
 */
export class LookInTurn {
  /** What is left of the present round, last first. */
  #round: string[] = [];
  #budget = 0;
  #looking = 0;

  constructor(private readonly clock: Clock) {}

  /**
   * The looks of one sweep, `seconds` after the last one. Resolves after half that time at most, so that new folders are
   * found in time on a slow share too; a look that takes longer goes on, and counts as one of those that may run at once.
   */
  async look(
    folders: ReadonlyMap<string, WatchedFolder>,
    mode: keyof typeof CALLS_PER_SECOND,
    seconds: number,
    goesOn: () => boolean,
  ): Promise<void> {
    const limitMs = (seconds * 1000) / 2;
    const until = this.clock.monotonicMs() + limitMs;
    // What was not used up before is not saved.
    this.#budget = Math.min(0, this.#budget) + CALLS_PER_SECOND[mode] * seconds;
    if (this.#round.length === 0) this.#round = [...folders.keys()].reverse();
    const lookOnAndOn = async (): Promise<void> => {
      while (goesOn() && this.clock.monotonicMs() <= until) {
        const watched = this.#next(folders);
        if (watched === null) return;
        await this.#lookAt(watched);
      }
    };
    const enough = new AbortController();
    const all = Promise.all(Array.from({ length: LOOKS_AT_ONCE - this.#looking }, lookOnAndOn));
    await Promise.race([all, this.clock.sleep(limitMs, enough.signal)]);
    enough.abort();
  }

  async #lookAt(watched: WatchedFolder): Promise<void> {
    this.#looking += 1;
    try {
      await watched.look();
    } finally {
      this.#looking -= 1;
    }
  }

  /** Whose turn it is; null when the budget is used up or the round is over. */
  #next(folders: ReadonlyMap<string, WatchedFolder>): WatchedFolder | null {
    while (this.#budget > 0) {
      const folder = this.#round.pop();
      if (folder === undefined) return null;
      const watched = folders.get(folder);
      if (watched === undefined || watched.isLooking || (watched.isOpen && !watched.isStale)) continue;
      this.#budget -= watched.calls;
      return watched;
    }
    return null;
  }
}
