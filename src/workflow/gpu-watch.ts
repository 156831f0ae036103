import { Inject, Service } from 'typedi';
import { isUnseen } from '../domain/away.js';
import { CaseError, toCaseError } from '../domain/errors.js';
import { slurmHosts } from '../domain/host-scheduler.js';
import { afterFailedLook, afterLook, remembered, type GpuRules, type WatchedResource } from '../domain/gpu-rules.js';
import type { JudgedResource, SeenResource } from '../domain/resource.js';
import { Clock } from '../ports/clock.js';
import { GpuFinder } from '../ports/gpu-finder.js';
import { Logger } from '../ports/logger.js';
import { ResourceStore } from '../ports/resource-store.js';
import { Settings } from '../ports/settings.js';
import { Alarm } from './alarm.js';

/** What waits for a look: a place that is being given back, a beam that waits for one, a running job, or nothing. */
export type Pace = 'leaving' | 'waiting' | 'running' | 'rest';

const EVERY_MS: Readonly<Record<Pace, number>> = { leaving: 100, waiting: 1_000, running: 5_000, rest: 60_000 };
/** A look that takes long is not repeated at once: it is the driver's time too. At most this share goes to looking. */
const PAUSE_PER_LOOK = 1;
/** People read it: figures alone are written no more often. */
const WRITE_APART_MS = 2_000;

/** Who has an interest in the places (the slots). */
export interface GpuWatcher {
  pace(): Pace;
  /** Ids of places that a job of ours holds: who computes there is no stranger. */
  held(): ReadonlySet<string>;
  /** After each look, whether it worked or not. */
  looked(): void;
}

/**
 * Looks at the places at intervals, quicker while somebody waits for what it sees, and keeps what it saw, in memory for
 * the slots and in the database for people. One look at a time: whoever asks while one runs gets the next one, shared with
 * all who asked meanwhile, so a look that somebody waits for began after they asked.
 */
@Service()
export class GpuWatch {
  #places: readonly WatchedResource[] = [];
  /** Why the last look failed, in words; null if it worked. */
  #trouble: CaseError | null = null;
  #watcher: GpuWatcher = { pace: () => 'rest', held: () => new Set(), looked: () => undefined };
  /** Looks are numbered as they begin. */
  #begun = 0;
  #ended = 0;
  #under: { readonly number: number; readonly done: Promise<void> } | null = null;
  #next: Promise<void> | null = null;
  #endedAtMs = -Infinity;
  #tookMs = 0;
  #writing: Promise<void> = Promise.resolve();
  #written = '';
  #writtenAtMs = -Infinity;
  #stopped = false;
  readonly #alarm: Alarm;
  readonly #rules: GpuRules;
  /** A host that may go away. */
  readonly #hasFar: boolean;

  constructor(
    @Inject(GpuFinder) private readonly finder: GpuFinder,
    @Inject(ResourceStore) private readonly store: ResourceStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) settings: Settings,
    @Inject(Logger) private readonly log: Logger,
  ) {
    this.#alarm = new Alarm(clock);
    const { gpus, hosts, minFreeGpuMiB } = settings.execution;
    this.#hasFar = hosts.some(({ kind }) => kind !== 'local');
    this.#rules = { ...gpus, minFreeMiB: minFreeGpuMiB, queues: slurmHosts(settings.execution) };
  }

  /** As after the last look. */
  get places(): readonly WatchedResource[] {
    return this.#places;
  }

  get trouble(): CaseError | null {
    return this.#trouble;
  }

  /** How many looks have begun so far: a mark of now. */
  get begun(): number {
    return this.#begun;
  }

  /** The mark from which a look is wanted if the last one ended longer ago than this: its number, else 0. */
  staleMark(ageMs: number): number {
    return this.clock.monotonicMs() - this.#endedAtMs > ageMs ? this.#ended : 0;
  }

  get rules(): GpuRules {
    return this.#rules;
  }

  attach(watcher: GpuWatcher): void {
    this.#watcher = watcher;
  }

  /** The pace may have changed. */
  hurry(): void {
    this.#alarm.ring();
  }

  /** Resolves when a look has ended that began after `mark` was taken. Never rejects. */
  async look(mark: number): Promise<void> {
    if (this.#ended > mark) return;
    if (this.#under === null) {
      await this.#begin();
      return;
    }
    if (this.#under.number > mark) {
      await this.#under.done;
      return;
    }
    this.#next ??= this.#under.done.then(() => {
      this.#next = null;
      return this.#begin();
    });
    await this.#next;
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.#alarm.ring();
    };
    signal.addEventListener('abort', stop, { once: true });
    while (!signal.aborted) {
      const nowMs = this.clock.monotonicMs();
      const dueMs = this.#endedAtMs + Math.max(this.#everyMs(), this.#tookMs * PAUSE_PER_LOOK);
      if (nowMs >= dueMs) await this.look(this.#ended);
      else await this.#alarm.wait(dueMs - nowMs);
    }
    // A look under way may last as long as a hanging driver lets it; nobody waits for what it sees.
    this.#stopped = true;
    await this.#writing;
  }

  /** Resolves when what the last look saw is in the database, or could not be written. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** Where there is neither a GPU nor a far host nothing changes soon, unless the look itself fails. */
  #everyMs(): number {
    const blind = this.#trouble !== null || this.#hasFar || this.#places.some(({ kind }) => kind === 'gpu');
    return EVERY_MS[blind ? this.#watcher.pace() : 'rest'];
  }

  #begin(): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    this.#begun += 1;
    const number = this.#begun;
    const done = this.#lookOnce().finally(() => {
      this.#under = null;
      this.#ended = number;
      this.#endedAtMs = this.clock.monotonicMs();
      this.#tookMs = this.#endedAtMs - startedMs;
      this.#watcher.looked();
    });
    this.#under = { number, done };
    return done;
  }

  async #lookOnce(): Promise<void> {
    let seen: readonly SeenResource[];
    try {
      seen = await this.#withKnown(await this.finder.find());
    } catch (thrown) {
      await this.#failed(toCaseError(thrown));
      return;
    }
    if (this.#trouble !== null) this.log.info('the GPUs can be looked at again');
    this.#trouble = null;
    const before = this.#places;
    this.#places = afterLook(before, seen, this.#rules, this.#watcher.held());
    this.#tell(before);
    this.#note();
  }

  async #failed(error: CaseError): Promise<void> {
    if (this.#trouble?.message !== error.message) {
      const { code, severity, remedy } = error;
      this.log.error('the GPUs cannot be looked at', { code, severity, remedy }, error);
    }
    this.#trouble = error;
    if (this.#places.length === 0) this.#places = (await this.#remembered()).filter(({ kind }) => kind === 'gpu');
    this.#places = afterFailedLook(this.#places, error.message, this.#watcher.held());
    this.#note();
  }

  /** A host that was away ever since this service runs has the places that the one before saw: jobs of ours are there. */
  async #withKnown(seen: readonly SeenResource[]): Promise<readonly SeenResource[]> {
    if (!seen.some(isUnseen)) return seen;
    const known = (await this.#remembered()).filter((place) => !isUnseen(place));
    return seen.flatMap((place) => {
      const its = isUnseen(place) ? known.filter(({ host }) => host === place.host) : [];
      return its.length === 0 ? [place] : its.map((one) => ({ ...one, away: place.away ?? '' }));
    });
  }

  async #remembered(): Promise<readonly WatchedResource[]> {
    try {
      return (await this.store.all()).map((resource) => remembered(resource, this.#rules));
    } catch (thrown) {
      this.log.warn('the known GPUs could not be read', { code: toCaseError(thrown).code }, thrown);
      return [];
    }
  }

  #tell(before: readonly WatchedResource[]): void {
    for (const { id, outOfService, allowed } of this.#places) {
      const was = before.find((place) => place.id === id)?.outOfService ?? null;
      if (!allowed || (was === null) === (outOfService === null)) continue;
      if (outOfService === null) this.log.info('a GPU is back in service', { resource: id });
      else this.log.error('a GPU is out of service', { resource: id, code: 'gpu.lost' });
    }
  }

  /** In order, and not waited for by who waits for the look. */
  #note(): void {
    if (this.#stopped) return; // the database is being closed
    this.#writing = this.#writing.then(() => this.#write(this.clock.monotonicMs()));
  }

  /** For people to read; nothing is decided by it, so a write that fails is only tried again after the next look. */
  async #write(nowMs: number): Promise<void> {
    const rows = this.#places.map(rowOf);
    const matters = JSON.stringify(rows.map(({ id, outOfService, occupied }) => [id, outOfService, occupied]));
    const isNews = matters !== this.#written;
    const isDue = nowMs - this.#writtenAtMs >= WRITE_APART_MS && rows.some(({ kind }) => kind === 'gpu');
    if (!isNews && !isDue) return;
    try {
      for (const host of new Set(rows.map((row) => row.host))) {
        await this.store.sync(
          host,
          rows.filter((row) => row.host === host),
        );
      }
      this.#written = matters;
      this.#writtenAtMs = nowMs;
    } catch (thrown) {
      const { code, severity } = toCaseError(thrown);
      this.log.warn('noting the state of the GPUs failed', { code, severity }, thrown);
    }
  }
}

const rowOf = ({ missed, allowed, away, ...row }: WatchedResource): JudgedResource => row;
