import pLimit from 'p-limit';
import { unseen } from '../../domain/intake-folder.js';
import { parseLayout, type Layout } from '../../domain/layout.js';
import type { Clock } from '../../ports/clock.js';
import { isControlFile, type FolderWatcher, type SeenFolder, type WatcherState } from '../../ports/folder-watcher.js';
import type { InboxGuard } from '../../ports/inbox-guard.js';
import type { IntakeMemory } from '../../ports/intake-memory.js';
import type { Logger } from '../../ports/logger.js';
import { Background } from './background.js';
import { errorCode } from './error-code.js';
import { EventSource, openInboxEvents, type OpenEvents } from './event-source.js';
import { FolderNotes } from './folder-notes.js';
import { FolderSet } from './folder-set.js';
import { walkFolder, type Walk } from './folder-walk.js';
import { CALLS_AT_ONCE, CALLS_AT_ONCE_ON_A_SHARE, InboxCalls } from './inbox-calls.js';
import type { InboxEvents } from './inbox-events.js';
import { InboxLister, type InboxListing } from './inbox-listing.js';
import { LookInTurn } from './look-in-turn.js';
import { lookAtFolder } from './look-at-folder.js';
import { NewMarkers } from './new-markers.js';
import { OneAtATime } from './one-at-a-time.js';
import { ReadyMarkers } from './ready-markers.js';
import { ShareAway, SharePresence } from './share-presence.js';
import { Sweeps } from './sweeps.js';
import { WarnOnce } from './warn-once.js';
import { FAILED, WatchedFolder, type FolderDuties } from './watched-folder.js';
import { makeFolders } from '../../files/make-folders.js';

export interface InboxWatcherOptions {
  /** Absolute. */
  readonly inbox: string;
  /** What the inbox is called where folders are remembered; '' for the only one. */
  readonly inboxName?: string;
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

const WALKS_AT_ONCE = 8;
/** A stop waits no longer for calls that a share does not answer. */
const STOP_WITHIN_MS = 10_000;

type OnSettled = Parameters<FolderWatcher['start']>[0];
type OnControl = NonNullable<Parameters<FolderWatcher['start']>[1]>;

/**
 * Watches the inbox. What is there is found by looking, at the start and at every sweep; events only make it quicker.
 *
 * A sweep lists the levels of the inbox and walks every folder that is still settling. Folders that were taken are walked
 * again in turn, within a budget of calls: with events a change is seen at once anyway. What the service before this one
 * knew of a folder counts (FolderNotes): one it had taken is not walked at the start either.
 *
 * Everything here runs on one thread; a folder is written only by its own WatchedFolder, the set of folders only by
 * `#discovery`, of which one runs at a time, as does the sweep itself.
 */
export class InboxWatcher implements FolderWatcher {
  readonly #layout: Layout;
  readonly #folders = new FolderSet();
  readonly #stop = new AbortController();
  readonly #walks = pLimit(WALKS_AT_ONCE);
  readonly #adoptions = pLimit(WALKS_AT_ONCE);
  readonly #calls = new InboxCalls();
  readonly #work: Background;
  readonly #warnings: WarnOnce;
  readonly #notes: FolderNotes;
  readonly #source: EventSource;
  readonly #share: SharePresence;
  readonly #markers: ReadyMarkers | null;
  readonly #newMarkers = new NewMarkers<WatchedFolder>();
  readonly #discovery = new OneAtATime(() => this.#lookThrough(), this.#stop.signal);
  readonly #inTurn: LookInTurn;
  readonly #lister: InboxLister;
  /** Found, but not yet watched and walked for the first time. */
  readonly #beginning = new Set<string>();
  #onSettled: OnSettled = () => Promise.resolve();
  #onControl: OnControl = () => Promise.resolve(true);
  #lookAtAll = false;
  readonly #sweeps: Sweeps;

  constructor(
    private readonly options: InboxWatcherOptions,
    private readonly clock: Clock,
    log: Logger,
    guard: InboxGuard,
    memory: IntakeMemory,
    openEvents: OpenEvents = openInboxEvents,
  ) {
    this.#layout = parseLayout(options.layout);
    this.#markers = ReadyMarkers.of(options.inbox, options.readyMarker);
    this.#work = new Background((thrown) => {
      if (!this.#stop.signal.aborted) log.error('watching the inbox failed', { code: errorCode(thrown) }, thrown);
    });
    const known = (folder: string): WatchedFolder['known'] | undefined => this.#folders.get(folder)?.known;
    this.#notes = new FolderNotes(memory, options.inboxName ?? '', known, clock, log);
    const { inbox, watch, readyMarker } = options;
    this.#lister = new InboxLister(inbox, this.#layout.depth, readyMarker, this.#calls);
    this.#source = new EventSource({ inbox, watch, layout: this.#layout }, openEvents, this.#heard(), log);
    this.#share = new SharePresence(guard, clock, log, {
      returned: () => {
        // Who copies to it lost it too: the quiet time starts anew.
        for (const [, watched] of this.#folders.open()) watched.noteChange();
      },
      moved: () => this.#source.moved(),
    });
    this.#sweeps = new Sweeps(() => this.#sweep(), options.pollSeconds * 1000, this.#share, this.#calls, clock);
    this.#inTurn = new LookInTurn(clock);
    this.#warnings = new WarnOnce(log, options.folderHash);
  }

  async start(onSettled: OnSettled, onControl?: OnControl, lookAtAll = false): Promise<void> {
    this.#onSettled = onSettled;
    if (onControl !== undefined) this.#onControl = onControl;
    this.#lookAtAll = lookAtAll;
    await this.#notes.load();
    if (this.options.createInbox) await makeFolders(this.options.inbox);
    await this.#sweeps.run();
    void this.#work.run(this.#sweepOnAndOn());
    void this.#work.run(this.#notes.writeOnAndOn(this.#stop.signal));
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('the watcher stops'));
    for (const folder of this.#folders.all.values()) folder.end();
    await this.#source.close();
    await this.#work.end(this.clock, STOP_WITHIN_MS);
    await this.#notes.tryToWrite();
  }

  look(folder: string, signal?: AbortSignal): Promise<SeenFolder> {
    return lookAtFolder(this.options.inbox, this.#layout, folder, this.#markers, signal);
  }

  lookSoon(folder: string): void {
    void this.#work.run(this.#folders.get(folder)?.look() ?? Promise.resolve());
  }

  state(): WatcherState {
    return {
      mode: this.#source.mode.mode,
      modeBecause: this.#source.mode.because,
      lastSweepAt: this.#sweeps.lastAt,
      entries: this.#folders.size,
      sweepMs: this.#sweeps.ms,
      calls: this.#sweeps.calls,
      lostSince: this.#share.loss?.since ?? null,
      lostBecause: this.#share.loss?.because ?? null,
      settling: this.#folders.arriving(this.#notes.clockOrigin()),
    };
  }

  async #sweepOnAndOn(): Promise<void> {
    for (;;) {
      await this.#sweeps.pause(this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      await this.#work.run(this.#sweeps.run());
    }
  }

  async #sweep(): Promise<boolean> {
    await this.#startEvents();
    await this.#discovery.run();
    if (this.#share.loss !== null) return false;
    if (this.#sweeps.lastAt === null) this.#notes.noteMissing(this.#folders);
    for (const [folder, watched] of this.#folders.open()) {
      const waits = watched.isStale || watched.isLooking || this.#beginning.has(folder);
      if (!waits) void this.#work.run(watched.look());
    }
    if (this.#sweeps.lastAt === null) return true;
    await this.#inTurn.look(this.#folders.all, this.options.pollSeconds, () => this.#share.loss === null);
    return true;
  }

  async #lookThrough(): Promise<void> {
    if (this.#share.loss !== null) return;
    let listing: InboxListing;
    try {
      listing = await this.#share.during(() => this.#lister.list());
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
    const { came, went } = this.#folders.changes(listing.cases);
    for (const folder of went) this.#drop(folder);
    const marked = this.#newMarkers.among(this.#folders.all, listing.markers, this.options.readyMarker);
    for (const watched of marked) void this.#work.run(watched.look());
    for (const folder of came) this.#take(folder);
    for (const { folder, why } of listing.refused) {
      this.#warnings.warn(folder, 'entry of the inbox left alone', { kind: why });
    }
  }

  #take(folder: string): void {
    const recalled = this.#notes.recall(folder);
    const known = this.#lookAtAll && recalled !== undefined ? unseen(recalled, this.clock.monotonicMs()) : recalled;
    let taken = known?.offered ?? null;
    const rules = { quietMs: this.options.quietSeconds * 1000, byMarker: this.options.readyMarker !== null };
    const duties: FolderDuties = {
      walk: (began) => {
        const walk = (): Promise<Walk> => {
          began();
          return this.#walk(folder, taken, watched.largest);
        };
        // Looks in turn are few by themselves; they do not wait for the many that arrive, nor those for them.
        return watched.isOpen ? this.#walks(walk) : walk();
      },
      offer: async ({ fingerprint, files, bytes }) => {
        await this.#notes.beforeTaking(folder);
        await this.#onSettled({ folder, fingerprint, files, bytes });
        taken = fingerprint;
        this.#inTurn.taken(folder);
        this.#warnings.wellAgain(folder);
      },
      control: (file) => this.#onControl({ folder, ...file }),
      noted: () => {
        this.#folders.note(folder, watched);
        this.#notes.note(folder);
      },
      failed: (what, thrown) => {
        if (this.#stop.signal.aborted || thrown instanceof ShareAway) return;
        this.#warnings.warn(folder, FAILED[what], { code: errorCode(thrown) }, thrown);
      },
      gone: () => {
        // The folder or the whole share: the listing tells.
        void this.#work.run(this.#discovery.run());
      },
    };
    const watched = new WatchedFolder(rules, this.clock, duties, known);
    this.#folders.put(folder, watched);
    if (recalled === undefined) this.#notes.note(folder);
    void this.#work.run(this.#begin(folder, watched));
  }

  /** The folder as it is, if the share was there all the while; content already taken needs no such proof. */
  #walk(folder: string, taken: string | null, largest: number | null): Promise<Walk> {
    return this.#share.during(
      () => walkFolder(this.options.inbox, folder, this.#markers, this.#stop.signal, this.#calls, largest),
      ({ fingerprint }) => fingerprint !== taken,
    );
  }

  /** Watched before it is walked, so that no change falls between the two. One known to be taken need not be walked. */
  async #begin(folder: string, watched: WatchedFolder): Promise<void> {
    const { events } = this.#source;
    this.#beginning.add(folder);
    if (events !== null) await this.#watch(folder, events);
    this.#beginning.delete(folder);
    if (watched.isOpen) await watched.look();
  }

  async #watch(folder: string, events: InboxEvents): Promise<void> {
    const changedAt = await this.#adoptions(() => events.watchCase(folder));
    if (this.#folders.get(folder)?.isOpen === false) this.#inTurn.recalled(folder, changedAt);
  }

  #drop(folder: string): void {
    this.#folders.remove(folder);
    this.#notes.note(folder);
    this.#source.events?.dropCase(folder);
    this.#warnings.wellAgain(folder);
  }

  async #startEvents(): Promise<void> {
    const events = await this.#source.start();
    const isPolled = this.#source.mode.mode === 'poll';
    this.#calls.atOnce = isPolled ? CALLS_AT_ONCE_ON_A_SHARE : CALLS_AT_ONCE;
    if (events === null) return;
    // Folders known from before the share went away and came back.
    for (const folder of this.#folders.all.keys()) void this.#work.run(this.#watch(folder, events));
  }

  #heard(): ConstructorParameters<typeof EventSource>[2] {
    return {
      inboxChanged: () => {
        void this.#work.run(this.#discovery.run());
      },
      caseChanged: (folder, path) => {
        const watched = this.#folders.get(folder);
        if (watched === undefined) return;
        watched.noteChange();
        const speaks = path !== null && (path === this.options.readyMarker || isControlFile(path));
        if (speaks) this.lookSoon(folder);
      },
      controlSeen: this.lookSoon.bind(this),
    };
  }
}
