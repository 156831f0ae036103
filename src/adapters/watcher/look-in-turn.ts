import type { Clock } from '../../ports/clock.js';

/** Calls per second for looking again at folders already taken: changes that no event told of are found in time. */
const CALLS_PER_SECOND = 60;
/** Of the budget, for those just taken: a copy that goes on after all is the likeliest change. */
const SHARE_OF_RECENT = 0.5;
const LOOKS_AT_ONCE = 2;

/** A case folder as far as its turn goes. */
export interface TurnFolder {
  readonly isOpen: boolean;
  readonly isStale: boolean;
  readonly isLooking: boolean;
  readonly isJustTaken: boolean;
  /** What a look costs. */
  readonly calls: number;
  look(): Promise<void>;
}

type Folders = ReadonlyMap<string, TurnFolder>;

/**
 * Looks again at folders already taken, one after the other, within a budget of calls, so that it costs next to nothing
 * however many there are. The whole round takes as long as all folders have calls, by the budget: that is the longest time
 * until a change is noticed that no event told of. Those that wait for a marker that does not come are among them, and
 * those just taken have a shorter round of their own. After a start those come first in which something changed last: what
 * happened while no service ran, or before its watches stood, is among them. A folder is walked as a whole; what that takes
 * beyond the budget is paid for by the next sweeps.
 */
export class LookInTurn {
  /** What is left of the present rounds, last first. */
  #round: string[] = [];
  #recentRound: string[] = [];
  readonly #recent = new Set<string>();
  /** Since the last sweep. */
  #recalled: { readonly folder: string; readonly changedAt: number }[] = [];
  #budget = 0;
  #recentBudget = 0;
  #looking = 0;

  constructor(
    private readonly clock: Clock,
    private readonly callsPerSecond = CALLS_PER_SECOND,
  ) {}

  /** The folder was taken just now. */
  taken(folder: string): void {
    this.#recent.add(folder);
  }

  /** Its watches stand from now on, and it was taken before. @param changedAt as InboxEvents.watchCase gives it */
  recalled(folder: string, changedAt: number): void {
    this.#recalled.push({ folder, changedAt });
  }

  /**
   * The looks of one sweep, `seconds` after the last one. Resolves after half that time at most, so that new folders are
   * found in time on a slow share too; a look that takes longer goes on, and counts as one of those that may run at once.
   */
  async look(folders: Folders, seconds: number, goesOn: () => boolean): Promise<void> {
    const limitMs = (seconds * 1000) / 2;
    const until = this.clock.monotonicMs() + limitMs;
    this.#begin(folders, seconds);
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

  /** What was not used up before is not saved. */
  #begin(folders: Folders, seconds: number): void {
    this.#budget = Math.min(0, this.#budget) + this.callsPerSecond * seconds;
    this.#recentBudget = Math.min(0, this.#recentBudget) + this.callsPerSecond * seconds * SHARE_OF_RECENT;
    if (this.#round.length === 0) this.#round = [...folders.keys()].reverse();
    this.#bringForward();
    if (this.#recentRound.length > 0) return;
    for (const folder of this.#recent) if (folders.get(folder)?.isJustTaken !== true) this.#recent.delete(folder);
    this.#recentRound = [...this.#recent].reverse();
  }

  /** One whose turn was over before its time was known gets another. */
  #bringForward(): void {
    if (this.#recalled.length === 0) return;
    const first = this.#recalled.sort((a, b) => a.changedAt - b.changedAt).map(({ folder }) => folder);
    const among = new Set(first);
    this.#round = [...this.#round.filter((folder) => !among.has(folder)), ...first];
    this.#recalled = [];
  }

  async #lookAt(watched: TurnFolder): Promise<void> {
    this.#looking += 1;
    try {
      await watched.look();
    } finally {
      this.#looking -= 1;
    }
  }

  /** Whose turn it is; null when the budget is used up or the rounds are over. */
  #next(folders: Folders): TurnFolder | null {
    const recent = this.#budget > 0 && this.#recentBudget > 0 ? pop(this.#recentRound, folders) : null;
    const watched = recent ?? (this.#budget > 0 ? pop(this.#round, folders) : null);
    this.#budget -= watched?.calls ?? 0;
    this.#recentBudget -= recent?.calls ?? 0;
    return watched;
  }
}

function pop(round: string[], folders: Folders): TurnFolder | null {
  for (let folder = round.pop(); folder !== undefined; folder = round.pop()) {
    const watched = folders.get(folder);
    if (watched !== undefined && !watched.isLooking && (!watched.isOpen || watched.isStale)) return watched;
  }
  return null;
}
