import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { parseLayout, type Layout } from '../../domain/layout.js';
import type { Clock } from '../../ports/clock.js';
import {
  isControlFile,
  type FolderWatcher,
  type SettledFolder,
  type WatcherState,
} from '../../ports/folder-watcher.js';
import type { Logger } from '../../ports/logger.js';
import { errorCode } from './error-code.js';
import { walkFolder } from './folder-walk.js';
import { InboxEvents, type EventSink } from './inbox-events.js';
import { listInbox, type InboxListing } from './inbox-listing.js';
import { lookAtFolder } from './look-at-folder.js';
import { isOnNetworkShare } from './network-share.js';
import { WarnOnce } from './warn-once.js';
import { WatchedFolder } from './watched-folder.js';

export interface InboxWatcherOptions {
  /** Absolute. */
  readonly inbox: string;
  /** True: the inbox is made at the start if it is not there. Otherwise it is waited for: it may be a share. */
  readonly createInbox: boolean;
  readonly layout: string;
  readonly quietSeconds: number;
  readonly readyMarker: string | null;
  readonly watch: 'auto' | 'events' | 'poll';
  readonly pollSeconds: number;
  /** Names a folder in the log without telling its name. */
  readonly folderHash: (folder: string) => string;
}

export type OpenEvents = (inbox: string, layout: Layout, sink: EventSink) => InboxEvents;

const WALKS_AT_ONCE = 8;
/**
 * How much of the folders already taken is looked at again, in files per second: changes that no event told of are found
 * in time. Opening a folder costs about as much as ten files.
 */
const LOOKED_AT_AGAIN = { events: 100, poll: 1_000 } as const;
const FOLDER_COSTS_FILES = 10;

type OnSettled = Parameters<FolderWatcher['start']>[0];
type OnControl = NonNullable<Parameters<FolderWatcher['start']>[1]>;

const FAILED = {
  walk: 'case folder cannot be read',
  offer: 'settled folder was not taken',
  control: 'control file was not obeyed',
} as const;

/**
 * Watches the inbox. What is there is found by looking, at the start and at every sweep; events only make it quicker.
 *
 * A sweep lists the inbox and walks every folder that is still settling. Folders that were taken are walked again in
 * turn, so many at each sweep that it costs next to nothing: with events a change is seen at once anyway.
 *
 * Everything here runs on one thread; a folder is written only by its own WatchedFolder, the set of folders only by
 * `#discover`, of which one runs at a time.
 */
export class InboxWatcher implements FolderWatcher {
  readonly #layout: Layout;
  readonly #folders = new Map<string, WatchedFolder>();
  readonly #stop = new AbortController();
  readonly #walks = pLimit(WALKS_AT_ONCE);
  readonly #adoptions = pLimit(WALKS_AT_ONCE);
  readonly #running = new Set<Promise<void>>();
  readonly #warnings: WarnOnce;
  /** Found, but not yet watched and walked for the first time. */
  readonly #beginning = new Set<string>();
  #onSettled: OnSettled = () => Promise.resolve();
  #onControl: OnControl = () => Promise.resolve(true);
  #mode: 'events' | 'poll';
  #events: InboxEvents | null = null;
  #lastSweepAt: number | null = null;
  #discovering: Promise<void> | null = null;
  #discoverAgain = false;
  /** Folders already taken, in the order in which they are looked at again. */
  #round: string[] = [];

  constructor(
    private readonly options: InboxWatcherOptions,
    private readonly clock: Clock,
    private readonly log: Logger,
    private readonly openEvents: OpenEvents = (inbox, layout, sink) => new InboxEvents(inbox, layout, sink),
  ) {
    this.#layout = parseLayout(options.layout);
    this.#warnings = new WarnOnce(log, options.folderHash);
    this.#mode = options.watch === 'poll' ? 'poll' : 'events';
  }

  async start(onSettled: OnSettled, onControl?: OnControl): Promise<void> {
    this.#onSettled = onSettled;
    if (onControl !== undefined) this.#onControl = onControl;
    if (this.options.createInbox) await mkdir(this.options.inbox, { recursive: true });
    await this.#sweep();
    void this.#run(this.#sweepOnAndOn());
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the watcher stops'));
    for (const folder of this.#folders.values()) folder.end();
    await this.#closeEvents();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  look(folder: string): Promise<SettledFolder> {
    return lookAtFolder(this.options.inbox, this.#layout, folder, this.options.readyMarker);
  }

  state(): WatcherState {
    const ahead = this.clock.now() - this.clock.monotonicMs();
    const settling = [...this.#folders]
      .filter(([, watched]) => watched.isOpen)
      .map(([folder, { files, bytes, lastChangeAt }]) => ({
        folder,
        files,
        bytes,
        lastChangeAt: Math.round(lastChangeAt + ahead),
      }));
    return { mode: this.#mode, lastSweepAt: this.#lastSweepAt, settling };
  }

  async #sweepOnAndOn(): Promise<void> {
    for (;;) {
      await this.clock.sleep(this.options.pollSeconds * 1000, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      await this.#run(this.#sweep());
    }
  }

  async #sweep(): Promise<void> {
    await this.#startEvents();
    await this.#discover();
    for (const [folder, watched] of this.#folders) {
      if (watched.isOpen && !watched.isLooking && !this.#beginning.has(folder)) void this.#run(watched.look());
    }
    this.#lookAgainInTurn();
    this.#lastSweepAt = this.clock.now();
  }

  #lookAgainInTurn(): void {
    let left = LOOKED_AT_AGAIN[this.#mode] * this.options.pollSeconds;
    if (this.#round.length === 0) this.#round = [...this.#folders.keys()].reverse();
    while (left > 0) {
      const folder = this.#round.pop();
      if (folder === undefined) return;
      const watched = this.#folders.get(folder);
      if (watched === undefined || watched.isOpen || watched.isLooking) continue;
      left -= watched.files + FOLDER_COSTS_FILES;
      void this.#run(watched.look());
    }
  }

  /** One at a time; asked for meanwhile, it is done once more afterwards. */
  async #discover(): Promise<void> {
    if (this.#discovering !== null) {
      this.#discoverAgain = true;
      await this.#discovering;
      return;
    }
    this.#discovering = this.#discoverOnce();
    await this.#discovering;
    this.#discovering = null;
    if (this.#discoverAgain && !this.#stop.signal.aborted) {
      this.#discoverAgain = false;
      await this.#discover();
    }
  }

  async #discoverOnce(): Promise<void> {
    let listing: InboxListing;
    try {
      listing = await listInbox(this.options.inbox, this.#layout.depth);
    } catch (thrown) {
      // The share may be away for a while: what was found stays known, and a later sweep looks again.
      this.#warnings.warn('', 'inbox cannot be read', { code: errorCode(thrown) });
      await this.#closeEvents();
      return;
    }
    if (this.#stop.signal.aborted) return;
    this.#warnings.wellAgain('');
    const present = new Set(listing.cases);
    for (const folder of [...this.#folders.keys()]) if (!present.has(folder)) this.#drop(folder);
    for (const folder of present) if (!this.#folders.has(folder)) this.#take(folder);
    for (const { folder, why } of listing.refused) {
      this.#warnings.warn(folder, 'entry of the inbox left alone', { kind: why });
    }
  }

  #take(folder: string): void {
    const path = join(this.options.inbox, folder);
    const rules = { quietMs: this.options.quietSeconds * 1000, byMarker: this.options.readyMarker !== null };
    const watched = new WatchedFolder(rules, this.clock, {
      walk: (began) =>
        this.#walks(() => {
          began();
          return walkFolder(path, this.options.readyMarker, this.#stop.signal);
        }),
      offer: async ({ fingerprint, files, bytes }) => {
        await this.#onSettled({ folder, fingerprint, files, bytes });
        this.#warnings.wellAgain(folder);
      },
      control: (file) => this.#onControl({ folder, ...file }),
      failed: (what, thrown) => {
        if (this.#stop.signal.aborted) return;
        this.#warnings.warn(folder, FAILED[what], { code: errorCode(thrown) }, thrown);
      },
      gone: () => {
        // The folder or the whole share: the listing tells.
        void this.#run(this.#discover());
      },
    });
    this.#folders.set(folder, watched);
    void this.#run(this.#begin(folder, watched));
  }

  /** Watched before it is walked, so that no change falls between the two. */
  async #begin(folder: string, watched: WatchedFolder): Promise<void> {
    const events = this.#events;
    this.#beginning.add(folder);
    if (events !== null) await this.#adoptions(() => events.watchCase(folder));
    this.#beginning.delete(folder);
    await watched.look();
  }

  #drop(folder: string): void {
    this.#folders.get(folder)?.end();
    this.#folders.delete(folder);
    this.#events?.dropCase(folder);
    this.#warnings.wellAgain(folder);
  }

  async #startEvents(): Promise<void> {
    if (this.#events !== null || this.#mode === 'poll') return;
    let inbox: string;
    try {
      inbox = await realpath(this.options.inbox);
      if (this.options.watch === 'auto' && (await isOnNetworkShare(inbox))) {
        this.#mode = 'poll';
        return;
      }
    } catch {
      return; // The listing that follows says what is wrong with the inbox.
    }
    const events = this.openEvents(inbox, this.#layout, {
      inboxChanged: () => {
        void this.#run(this.#discover());
      },
      caseChanged: (folder, path) => {
        this.#noteEvent(folder, path);
      },
      failed: (thrown) => {
        this.#fallBackToPolling(thrown);
      },
    });
    this.#events = events;
    await events.start();
    // Folders known from before the share went away and came back.
    for (const folder of this.#folders.keys()) void this.#run(this.#adoptions(() => events.watchCase(folder)));
  }

  #noteEvent(folder: string, path: string | null): void {
    const watched = this.#folders.get(folder);
    if (watched === undefined) return;
    watched.noteChange();
    if (path !== null && (path === this.options.readyMarker || isControlFile(path))) void this.#run(watched.look());
  }

  #fallBackToPolling(thrown: unknown): void {
    this.#mode = 'poll';
    this.log.warn('no more file events to be had, polling instead', { code: errorCode(thrown) });
    void this.#run(this.#closeEvents());
  }

  async #closeEvents(): Promise<void> {
    const events = this.#events;
    this.#events = null;
    await events?.close();
  }

  /** Never rejects; `stop` waits for it. */
  #run(work: Promise<void>): Promise<void> {
    const done = work
      .catch((thrown: unknown) => {
        if (!this.#stop.signal.aborted)
          this.log.error('watching the inbox failed', { code: errorCode(thrown) }, thrown);
      })
      .finally(() => this.#running.delete(done));
    this.#running.add(done);
    return done;
  }
}
