import { mkdir, realpath } from 'node:fs/promises';
import pLimit from 'p-limit';
import { parseLayout, type Layout } from '../../domain/layout.js';
import type { Clock } from '../../ports/clock.js';
import { isControlFile } from '../../ports/folder-watcher.js';
import type { FolderWatcher, SettledFolder, WatcherState } from '../../ports/folder-watcher.js';
import type { InboxGuard } from '../../ports/inbox-guard.js';
import type { Logger } from '../../ports/logger.js';
import { arrivingFolders } from './arriving-folders.js';
import { errorCode } from './error-code.js';
import { walkFolder, type Walk } from './folder-walk.js';
import { InboxEvents, type EventSink } from './inbox-events.js';
import { listInbox, type InboxListing } from './inbox-listing.js';
import { LookInTurn } from './look-in-turn.js';
import { lookAtFolder } from './look-at-folder.js';
import { NewMarkers } from './new-markers.js';
import { OneAtATime } from './one-at-a-time.js';
import { ReadyMarkers } from './ready-markers.js';
import { ShareAway, SharePresence } from './share-presence.js';
import { WarnOnce } from './warn-once.js';
import { watchMode, type WatchMode } from './watch-mode.js';
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
 * `#discovery`, of which one runs at a time.
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
  #mode: WatchMode;
  /** True when the mount that is there is known to be. */
  #isPolled = false;
  /** The system gave no more watches: not tried again. */
  #outOfWatches = false;
  readonly #share: SharePresence;
  readonly #markers: ReadyMarkers | null;
  readonly #newMarkers = new NewMarkers<WatchedFolder>();
  #sweepMs: number | null = null;
  #events: InboxEvents | null = null;
  #lastSweepAt: number | null = null;
  readonly #discovery = new OneAtATime(() => this.#lookThrough(), this.#stop.signal);
  readonly #inTurn = new LookInTurn();

  constructor(
    private readonly options: InboxWatcherOptions,
    private readonly clock: Clock,
    private readonly log: Logger,
    guard: InboxGuard,
    private readonly openEvents: OpenEvents = (inbox, layout, sink) => new InboxEvents(inbox, layout, sink),
  ) {
    this.#layout = parseLayout(options.layout);
    this.#markers = ReadyMarkers.of(options.inbox, options.readyMarker);
    this.#share = new SharePresence(guard, clock, log, {
      returned: () => {
        // Who copies to it lost it too: the quiet time starts anew.
        for (const watched of this.#folders.values()) if (watched.isOpen) watched.noteChange();
      },
      moved: () => {
        this.#isPolled = false;
        return this.#closeEvents();
      },
    });
    this.#warnings = new WarnOnce(log, options.folderHash);
    this.#mode = { mode: options.watch === 'poll' ? 'poll' : 'events', because: 'the inbox was not looked at yet' };
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
    return lookAtFolder(this.options.inbox, this.#layout, folder, this.#markers);
  }

  state(): WatcherState {
    return {
      mode: this.#mode.mode,
      modeBecause: this.#mode.because,
      lastSweepAt: this.#lastSweepAt,
      entries: this.#folders.size,
      sweepMs: this.#sweepMs,
      lostSince: this.#share.loss?.since ?? null,
      lostBecause: this.#share.loss?.because ?? null,
      settling: arrivingFolders(this.#folders, this.clock.now() - this.clock.monotonicMs()),
    };
  }

  async #sweepOnAndOn(): Promise<void> {
    for (;;) {
      // A share so slow that a sweep takes longer than the pause gets as long a rest as it had work.
      await this.clock.sleep(Math.max(this.options.pollSeconds * 1000, this.#sweepMs ?? 0), this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      await this.#run(this.#sweep());
    }
  }

  async #sweep(): Promise<void> {
    const from = this.clock.monotonicMs();
    if (await this.#share.isLost()) return;
    await this.#startEvents();
    await this.#discovery.run();
    if (this.#share.loss !== null) return;
    for (const [folder, watched] of this.#folders) {
      if (watched.isOpen && !watched.isLooking && !this.#beginning.has(folder)) void this.#run(watched.look());
    }
    for (const watched of this.#inTurn.next(this.#folders, this.#mode.mode, this.options.pollSeconds)) {
      void this.#run(watched.look());
    }
    this.#lastSweepAt = this.clock.now();
    this.#sweepMs = Math.round(this.clock.monotonicMs() - from);
  }

  async #lookThrough(): Promise<void> {
    if (this.#share.loss !== null) return;
    let listing: InboxListing;
    try {
      listing = await this.#share.during(() =>
        listInbox(this.options.inbox, this.#layout.depth, this.options.readyMarker),
      );
    } catch (thrown) {
      // It may have gone just now: what was found stays known, and a later sweep looks again.
      if (thrown instanceof ShareAway || (await this.#share.isLost())) return;
      this.#warnings.warn('', 'inbox cannot be read', { code: errorCode(thrown) });
      return;
    }
    if (!this.#stop.signal.aborted) this.#adopt(listing);
  }

  #adopt(listing: InboxListing): void {
    this.#warnings.wellAgain('');
    const present = new Set(listing.cases);
    for (const folder of [...this.#folders.keys()]) if (!present.has(folder)) this.#drop(folder);
    const marked = this.#newMarkers.among(this.#folders, listing.markers, this.options.readyMarker);
    for (const watched of marked) void this.#run(watched.look());
    for (const folder of present) if (!this.#folders.has(folder)) this.#take(folder);
    for (const { folder, why } of listing.refused) {
      this.#warnings.warn(folder, 'entry of the inbox left alone', { kind: why });
    }
  }

  #take(folder: string): void {
    let taken: string | null = null;
    const rules = { quietMs: this.options.quietSeconds * 1000, byMarker: this.options.readyMarker !== null };
    const watched = new WatchedFolder(rules, this.clock, {
      walk: (began) =>
        this.#walks(() => {
          began();
          return this.#walk(folder, taken);
        }),
      offer: async ({ fingerprint, files, bytes }) => {
        await this.#onSettled({ folder, fingerprint, files, bytes });
        taken = fingerprint;
        this.#warnings.wellAgain(folder);
      },
      control: (file) => this.#onControl({ folder, ...file }),
      failed: (what, thrown) => {
        if (this.#stop.signal.aborted || thrown instanceof ShareAway) return;
        this.#warnings.warn(folder, FAILED[what], { code: errorCode(thrown) }, thrown);
      },
      gone: () => {
        // The folder or the whole share: the listing tells.
        void this.#run(this.#discovery.run());
      },
    });
    this.#folders.set(folder, watched);
    void this.#run(this.#begin(folder, watched));
  }

  /** The folder as it is, if the share was there all the while; content already taken needs no such proof. */
  #walk(folder: string, taken: string | null): Promise<Walk> {
    return this.#share.during(
      () => walkFolder(this.options.inbox, folder, this.#markers, this.#stop.signal),
      ({ fingerprint }) => fingerprint !== taken,
    );
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
    if (this.#events !== null || this.#outOfWatches || this.#isPolled) return;
    let inbox: string;
    try {
      inbox = await realpath(this.options.inbox);
      this.#mode = await watchMode(inbox, this.options.watch);
      this.#isPolled = this.#mode.mode === 'poll';
      if (this.#isPolled) return;
    } catch {
      return; // The listing that follows says what is wrong with the inbox.
    }
    const events = this.openEvents(inbox, this.#layout, {
      inboxChanged: () => void this.#run(this.#discovery.run()),
      caseChanged: this.#noteEvent.bind(this),
      failed: this.#fallBackToPolling.bind(this),
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
    this.#mode = { mode: 'poll', because: `the system gives no more watches (${errorCode(thrown)})` };
    this.#outOfWatches = true;
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
