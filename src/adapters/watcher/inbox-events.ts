import { watch as watchFolder, type FSWatcher as FolderWatch } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { watch as watchTree, type FSWatcher } from 'chokidar';
import { caseFolderOf, type Layout } from '../../domain/layout.js';
import { entryKind, MAX_FOLDER_DEPTH } from '../../domain/entry-kind.js';
import { isControlFile } from '../../ports/folder-watcher.js';
import { isOutOfWatches } from './error-code.js';

export interface EventSink {
  /** A folder at or above the case level came or went. */
  inboxChanged(): void;
  /** Something in this case folder changed: `path` below it, null where the event does not say. */
  caseChanged(folder: string, path: string | null): void;
  /** A control file lies in this case folder; it may have been written before the watch stood. */
  controlSeen(folder: string): void;
  /** The system gives no (more) watches: from now on only looking helps. */
  failed(thrown: unknown): void;
}

/** More folders than this are not watched at once, so as not to use up what the whole machine may watch. */
const MOST_WATCHES = 30_000;

/**
 * Events below the inbox. chokidar follows the levels above the cases. Within case folders one plain directory watch for
 * each folder serves: chokidar would add one for every file and read every file's state again at each event (measured:
 * 100,000 files cost it 4.2 s of CPU and stopped the event loop for 0.7 s; the plain watches 0.05 s).
 *
 * Events only wake: one that is missed or comes twice does no harm, since what is there is always found by walking.
 */
export class InboxEvents {
  readonly #cases = new Map<string, Map<string, FolderWatch>>();
  /** Of folders above the case level that came since the start. */
  readonly #levels = new Map<string, FolderWatch>();
  #above: FSWatcher | null = null;
  #watches = 0;
  #closed = false;
  #giveUpStart: () => void = () => undefined;

  constructor(
    private readonly inbox: string,
    private readonly layout: Layout,
    private readonly sink: EventSink,
  ) {}

  /** Resolves when changes above the case level are being noticed. */
  async start(): Promise<void> {
    const above = watchTree(this.inbox, {
      depth: this.layout.depth - 1,
      followSymlinks: false,
      // A watch it opens while it is being closed stays open: none may keep a service alive that has ended.
      persistent: false,
      ignoreInitial: true,
      ignored: (path, stats) =>
        path !== this.inbox && (stats?.isFile() === true || entryKind(basename(path), true) !== 'content'),
    });
    this.#above = above;
    above.on('raw', (event, name, details) => {
      this.#noteAbove((details as { watchedPath: string }).watchedPath, name, event === 'rename');
    });
    above.on('all', () => {
      this.sink.inboxChanged();
    });
    await new Promise<void>((resolve) => {
      above.once('ready', resolve);
      above.on('error', (thrown) => {
        this.#fail(thrown);
        resolve();
      });
      this.#giveUpStart = resolve;
    });
  }

  /**
   * Watches the case folder and all folders below it; again if they were watched already.
   * @returns when an entry last came into one of these folders or went from it, by the file system (epoch ms); 0 where
   * that is not known. A hint: a file that only grew is no such entry.
   */
  async watchCase(folder: string): Promise<number> {
    if (this.#closed) return 0;
    this.dropCase(folder);
    const watches = new Map<string, FolderWatch>();
    this.#cases.set(folder, watches);
    const changedAt = await this.#adopt(folder, watches, '');
    for (const oldest of this.#cases.keys()) {
      if (this.#watches <= MOST_WATCHES) break;
      this.dropCase(oldest);
    }
    return changedAt;
  }

  dropCase(folder: string): void {
    const watches = this.#cases.get(folder);
    this.#cases.delete(folder);
    for (const watch of watches?.values() ?? []) this.#end(watch);
    watches?.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#giveUpStart();
    for (const folder of [...this.#cases.keys()]) this.dropCase(folder);
    for (const watch of this.#levels.values()) watch.close();
    this.#levels.clear();
    await this.#above?.close();
  }

  /** @param mayBeNew false when the entry was there before, and only changed */
  #noteAbove(watched: string, name: string, mayBeNew: boolean): void {
    if (this.#closed) return;
    const path = relative(this.inbox, join(watched, name)).split(sep).join('/');
    // A case folder that was replaced by another of its name: the old watches follow the old one.
    if (caseFolderOf(path, this.layout) === path && this.#cases.has(path)) void this.#renew(path);
    const isAbove = caseFolderOf(path, this.layout) === null && entryKind(name, true) === 'content';
    if (isAbove && mayBeNew) void this.#watchLevel(path);
    this.sink.inboxChanged();
  }

  /**
   * A folder above the case level may have come. chokidar takes one that was removed and made again for the one it was, and
   * watches a new one only after it has listed it: cases put into it would be noticed by sweeps alone. So it is watched
   * here too, and listed afterwards.
   */
  async #watchLevel(level: string): Promise<void> {
    this.#levels.get(level)?.close();
    this.#levels.delete(level);
    const path = join(this.inbox, level);
    try {
      if (!(await lstat(path)).isDirectory() || this.#closed) return;
      const watch = watchFolder(path, { persistent: false }, (event, name) => {
        if (name === null || this.#levels.get(level) !== watch) return;
        this.#noteAbove(path, name, event === 'rename');
      });
      watch.on('error', (thrown) => {
        if (isOutOfWatches(thrown)) this.#fail(thrown);
      });
      this.#levels.get(level)?.close();
      this.#levels.set(level, watch);
      for await (const { name } of await opendir(path)) this.#noteAbove(path, name, true);
    } catch (thrown) {
      // Else it is gone again, or not to be read: the listing says so.
      if (isOutOfWatches(thrown)) this.#fail(thrown);
    }
    this.sink.inboxChanged();
  }

  async #renew(folder: string): Promise<void> {
    await this.watchCase(folder);
    this.sink.caseChanged(folder, null);
  }

  /**
   * @param below path of a folder below the case folder, '' for the case folder itself
   * @returns as watchCase
   */
  async #adopt(folder: string, watches: Map<string, FolderWatch>, below: string): Promise<number> {
    const path = join(this.inbox, folder, below);
    // Deeper down nothing is looked at, so nothing is watched (folder-walk.ts).
    if (below.split(sep).length > MAX_FOLDER_DEPTH) return 0;
    if (!this.#open(folder, watches, below, path)) return 0;
    let changedAt = 0;
    try {
      changedAt = (await lstat(path)).ctimeMs;
      for await (const entry of await opendir(path, { bufferSize: 256 })) {
        if (below === '' && isControlFile(entry.name)) this.sink.controlSeen(folder);
        if (!entry.isDirectory() || entryKind(entry.name, true) !== 'content') continue;
        changedAt = Math.max(changedAt, await this.#adopt(folder, watches, join(below, entry.name)));
      }
    } catch {
      // Gone again, or not to be read: the walk of the folder says so, and a sweep comes by anyway.
    }
    return changedAt;
  }

  #open(folder: string, watches: Map<string, FolderWatch>, below: string, path: string): boolean {
    if (this.#closed || this.#cases.get(folder) !== watches) return false;
    const former = watches.get(below);
    if (former !== undefined) this.#end(former);
    watches.delete(below);
    try {
      const watch = watchFolder(path, { persistent: false }, (event, name) => {
        this.#noteWithin(folder, watches, join(below, name ?? ''), event === 'rename' && name !== null);
      });
      watch.on('error', (thrown) => {
        if (isOutOfWatches(thrown)) this.#fail(thrown);
      });
      watches.set(below, watch);
      this.#watches += 1;
      return true;
    } catch (thrown) {
      if (isOutOfWatches(thrown)) this.#fail(thrown);
      return false;
    }
  }

  #noteWithin(folder: string, watches: Map<string, FolderWatch>, path: string, mayBeFolder: boolean): void {
    if (this.#closed || this.#cases.get(folder) !== watches) return;
    if (entryKind(basename(path), false) === 'ignored') return;
    this.sink.caseChanged(folder, path);
    if (mayBeFolder) void this.#adoptIfFolder(folder, watches, path);
  }

  async #adoptIfFolder(folder: string, watches: Map<string, FolderWatch>, below: string): Promise<void> {
    try {
      if (entryKind(basename(below), true) !== 'content') return;
      if (!(await lstat(join(this.inbox, folder, below))).isDirectory()) return;
    } catch {
      return; // It is gone: that was the event.
    }
    await this.#adopt(folder, watches, below);
    // What was put in before the watch stood made no event.
    this.sink.caseChanged(folder, below);
  }

  #end(watch: FolderWatch): void {
    watch.close();
    this.#watches -= 1;
  }

  #fail(thrown: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    this.sink.failed(thrown);
  }
}
