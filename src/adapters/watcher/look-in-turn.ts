import type { WatchedFolder } from './watched-folder.js';

/** Files looked at again per second: changes that no event told of are found in time. */
const FILES_PER_SECOND = { events: 100, poll: 300 } as const;
/** Opening a folder costs about as much as this many files. */
const FOLDER_COSTS_FILES = 10;

/** Looks again at folders already taken, one after the other, so many at a time that it costs next to nothing. */
export class LookInTurn {
  /** What is left of the present round, last first. */
  #round: string[] = [];

  /** Those whose turn it is, after a pause of so many seconds. */
  *next(
    folders: ReadonlyMap<string, WatchedFolder>,
    mode: keyof typeof FILES_PER_SECOND,
    seconds: number,
  ): Generator<WatchedFolder> {
    let left = FILES_PER_SECOND[mode] * seconds;
    if (this.#round.length === 0) this.#round = [...folders.keys()].reverse();
    while (left > 0) {
      const folder = this.#round.pop();
      if (folder === undefined) return;
      const watched = folders.get(folder);
      if (watched === undefined || watched.isOpen || watched.isLooking) continue;
      left -= watched.files + FOLDER_COSTS_FILES;
      yield watched;
    }
  }
}
