import type { WatchedFolder } from './watched-folder.js';

/** Calls per second for looking again at folders already taken: changes that no event told of are found in time. */
const CALLS_PER_SECOND = { events: 100, poll: 200 } as const;

/**
 * Looks again at folders already taken, one after the other, within a budget of calls, so that it costs next to nothing
 * however many there are. The whole round takes as long as all folders have calls, by the budget: that is the longest time
 * until a change is noticed that no event told of. A folder is walked as a whole; what that takes beyond the budget is paid
 * for by the next sweeps.
 */
export class LookInTurn {
  /** What is left of the present round, last first. */
  #round: string[] = [];
  #budget = 0;

  /** A sweep begins, so many seconds after the last. What was not used up then is not saved. */
  begin(folders: ReadonlyMap<string, WatchedFolder>, mode: keyof typeof CALLS_PER_SECOND, seconds: number): void {
    this.#budget = Math.min(0, this.#budget) + CALLS_PER_SECOND[mode] * seconds;
    if (this.#round.length === 0) this.#round = [...folders.keys()].reverse();
  }

  /** Whose turn it is; null when the budget is used up or the round is over. */
  next(folders: ReadonlyMap<string, WatchedFolder>): WatchedFolder | null {
    while (this.#budget > 0) {
      const folder = this.#round.pop();
      if (folder === undefined) return null;
      const watched = folders.get(folder);
      if (watched === undefined || watched.isOpen || watched.isLooking) continue;
      this.#budget -= watched.calls;
      return watched;
    }
    return null;
  }
}
