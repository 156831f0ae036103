import type { Arrival } from '../../domain/arrival.js';
import type { EpochMs } from '../../domain/time.js';
import type { WatchedFolder } from './watched-folder.js';

/** The case folders of the inbox. At rest a sweep has nothing to do with those that are taken as they stand. */
export class FolderSet {
  readonly all = new Map<string, WatchedFolder>();
  readonly #open = new Set<string>();
  #listed: readonly string[] = [];

  get size(): number {
    return this.all.size;
  }

  get(folder: string): WatchedFolder | undefined {
    return this.all.get(folder);
  }

  has(folder: string): boolean {
    return this.all.has(folder);
  }

  put(folder: string, watched: WatchedFolder): void {
    this.all.set(folder, watched);
    this.note(folder, watched);
  }

  remove(folder: string): void {
    this.all.get(folder)?.end();
    this.all.delete(folder);
    this.#open.delete(folder);
  }

  /** To be told whenever the folder may have become open or was taken. */
  note(folder: string, watched: WatchedFolder): void {
    // A walk may end after its folder was removed and another of its name put in.
    if (this.all.get(folder) !== watched) return;
    if (watched.isOpen) this.#open.add(folder);
    else this.#open.delete(folder);
  }

  /** Those not yet taken as they stand. */
  open(): readonly (readonly [string, WatchedFolder])[] {
    return [...this.#open].flatMap((folder) => {
      const watched = this.all.get(folder);
      return watched === undefined ? [] : [[folder, watched] as const];
    });
  }

  /** The same for people. @param clockOrigin wall time at which the monotonic clock read zero */
  arriving(clockOrigin: EpochMs): readonly Arrival[] {
    return this.open().map(([folder, { files, bytes, lastChangeAt }]) => {
      return { folder, files, bytes, lastChangeAt: Math.ceil(lastChangeAt + clockOrigin) };
    });
  }

  /** Who came and who went, by what is listed now. Most sweeps find what the one before found, in the same order. */
  changes(listed: readonly string[]): { readonly came: readonly string[]; readonly went: readonly string[] } {
    const before = this.#listed;
    // The list that is kept stays the same, so that the new one dies young: moving 10,000 names is what costs the collector.
    if (before.length === listed.length && before.every((folder, i) => folder === listed[i])) return NO_CHANGES;
    this.#listed = listed;
    const present = new Set(listed);
    const came = [...present].filter((folder) => !this.all.has(folder));
    return { came, went: [...this.all.keys()].filter((folder) => !present.has(folder)) };
  }
}

const NO_CHANGES = { came: [], went: [] } as const;
