import {
  changed,
  decide,
  found,
  taken,
  walked,
  type SettleRules,
  type Settling,
  type Snapshot,
} from '../../domain/settling.js';
import { isArriving, type KnownFolder } from '../../domain/intake-folder.js';
import type { Clock } from '../../ports/clock.js';
import { isGone } from './error-code.js';
import type { TurnFolder } from './look-in-turn.js';
import type { ControlFileSeen, Walk } from './folder-walk.js';

/** Between two looks at one folder, so that time passes between walks that are compared. */
const SOONEST_MS = 1;
const STALE_MS = 10 * 60_000;
const JUST_TAKEN_MS = 60 * 60_000;
/** Before the first walk. */
const LISTING_AND_MARKER = 5;

/** What the log says of a duty that failed. */
export const FAILED = {
  walk: 'case folder cannot be read',
  offer: 'settled folder was not taken',
  control: 'control file was not obeyed',
} as const;

export interface FolderDuties {
  /** Walks the folder, waiting for its turn among all folders; `began` is called when it starts. */
  walk(began: () => void): Promise<Walk>;
  /** Hands the settled folder over. */
  offer(seen: Snapshot): Promise<void>;
  /** Hands a control file over; true when that need not be done again. */
  control(file: ControlFileSeen): Promise<boolean>;
  /** Something that is to be remembered of it has changed. */
  noted(): void;
  failed(what: keyof typeof FAILED, thrown: unknown): void;
  gone(): void;
}

/**
 * One case folder on its way to being settled: keeps what was seen, and one timer that fires exactly when the folder may
 * be settled. `look` never runs twice at a time, so what it writes has one writer; an event that comes in between is kept
 * in `#settling` and decides afterwards.
 */
export class WatchedFolder implements TurnFolder {
  #settling: Settling;
  #offered: string | null;
  #calls: number | null = null;
  #largest: number | null = null;
  /** Monotonic; by this service. */
  #takenAt = -Infinity;
  /** Control files done with, as they were written. */
  readonly #obeyed = new Map<string, number>();
  #looking = false;
  #lookAgain = false;
  #timer: { readonly dueAt: number; readonly cancel: AbortController } | null = null;
  #ended = false;

  constructor(
    private readonly rules: SettleRules,
    private readonly clock: Clock,
    private readonly duties: FolderDuties,
    known?: KnownFolder,
  ) {
    this.#settling = known?.settling ?? found(clock.monotonicMs());
    this.#offered = known?.offered ?? null;
  }

  get known(): KnownFolder {
    return { settling: this.#settling, offered: this.#offered };
  }

  /** Calls that a walk of it takes: as the last one did, or as many as its files lead one to expect. */
  get calls(): number {
    return this.#calls ?? this.files + LISTING_AND_MARKER;
  }

  /** True until the content now there has been handed over. */
  get isOpen(): boolean {
    return isArriving(this.known);
  }

  /** Entries of the largest folder in it, as far as is known: as the last walk found, or not more than its files. */
  get largest(): number | null {
    return this.#largest ?? this.#settling.seen?.files ?? null;
  }

  /**
   * True when it has stood still for long and only an event or a look can tell more, as when its ready marker does not
   * come: such a folder may stay for ever, and is looked at in turn like one that was taken.
   */
  get isStale(): boolean {
    const decision = decide(this.#settling, this.rules);
    const isWaiting = decision.do === 'look' && decision.at === null;
    return isWaiting && this.clock.monotonicMs() - this.#settling.lastChangeAt > STALE_MS;
  }

  /** True for an hour after its content was handed over. */
  get isJustTaken(): boolean {
    return this.clock.monotonicMs() - this.#takenAt < JUST_TAKEN_MS;
  }

  get files(): number {
    return this.#settling.seen?.files ?? 0;
  }

  get bytes(): number {
    return this.#settling.seen?.bytes ?? 0;
  }

  /** Monotonic. */
  get lastChangeAt(): number {
    return this.#settling.lastChangeAt;
  }

  /** An event said that something in it changed. */
  noteChange(): void {
    if (this.#ended) return;
    this.#settling = changed(this.#settling, this.clock.monotonicMs());
    this.duties.noted();
    this.#goOn();
  }

  get isLooking(): boolean {
    return this.#looking;
  }

  /** Walks the folder now (once more, if that is being done) and acts on what is found. Never rejects. */
  async look(): Promise<void> {
    this.#lookAgain = this.#looking;
    if (this.#looking || this.#ended) return;
    this.#looking = true;
    const walked = await this.#lookOnce();
    this.#looking = false;
    if (!walked) return;
    if (this.#lookAgain) await this.look();
    else this.#goOn();
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel.abort();
    this.#timer = null;
  }

  /** False when the walk failed: then the next sweep looks again, no timer. */
  async #lookOnce(): Promise<boolean> {
    let startedAt = this.clock.monotonicMs();
    try {
      const seen = await this.duties.walk(() => {
        startedAt = this.clock.monotonicMs();
      });
      this.#settling = walked(this.#settling, seen, startedAt);
      this.#calls = seen.calls;
      this.#largest = seen.largest;
      this.duties.noted();
      if (seen.fingerprint !== this.#offered && decide(this.#settling, this.rules).do === 'settle') {
        await this.#offer(seen);
      }
      await this.#offerControls(seen.controls);
      return true;
    } catch (thrown) {
      if (this.#ended) return false;
      if (isGone(thrown)) this.duties.gone();
      else this.duties.failed('walk', thrown);
      return false;
    }
  }

  /** What fails stays open: the next sweep looks and offers again. */
  async #offer(seen: Snapshot): Promise<void> {
    if (this.#ended) return;
    try {
      await this.duties.offer(seen);
      this.#offered = seen.fingerprint;
      this.#takenAt = this.clock.monotonicMs();
      this.#settling = taken(this.#settling);
      this.duties.noted();
    } catch (thrown) {
      this.duties.failed('offer', thrown);
    }
  }

  /** In the order in which they were written. */
  async #offerControls(controls: readonly ControlFileSeen[]): Promise<void> {
    const open = controls.filter(({ name, writtenAt }) => this.#obeyed.get(name) !== writtenAt);
    for (const file of open.sort((a, b) => a.writtenAt - b.writtenAt)) {
      if (this.#ended) return;
      try {
        if (await this.duties.control(file)) this.#obeyed.set(file.name, file.writtenAt);
      } catch (thrown) {
        this.duties.failed('control', thrown);
      }
    }
  }

  /** Sets the timer for the next look, if one is called for. */
  #goOn(): void {
    if (this.#ended || this.#looking || !this.isOpen) return;
    const decision = decide(this.#settling, this.rules);
    if (decision.do === 'settle' || decision.at === null) return;
    // One timer at a time; when it fires early, because something changed meanwhile, it is set anew.
    if (this.#timer !== null && this.#timer.dueAt <= decision.at) return;
    this.#timer?.cancel.abort();
    const dueAt = Math.max(decision.at, this.clock.monotonicMs() + SOONEST_MS);
    const timer = { dueAt, cancel: new AbortController() };
    this.#timer = timer;
    void this.#wait(timer.dueAt, timer.cancel.signal);
  }

  async #wait(dueAt: number, signal: AbortSignal): Promise<void> {
    // Timers may fire a little early; a walk that begins before the quiet time ends does not count.
    for (let left = dueAt - this.clock.monotonicMs(); left > 0; left = dueAt - this.clock.monotonicMs()) {
      await this.clock.sleep(Math.ceil(left), signal);
      if (signal.aborted) return;
    }
    if (signal.aborted) return;
    this.#timer = null;
    const decision = decide(this.#settling, this.rules);
    if (decision.do === 'look' && decision.at !== null && decision.at > this.clock.monotonicMs()) this.#goOn();
    else if (this.isOpen) await this.look();
  }
}
