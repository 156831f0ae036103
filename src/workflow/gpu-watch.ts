import { Inject, Service } from 'typedi';
import { isUnseen } from '../domain/away.js';
import { toCaseError, type CaseError } from '../domain/errors.js';
import {
  afterFailedLook,
  afterLook,
  isQueued,
  remembered,
  withoutCpusBesideGpus,
  type GpuRules,
  type WatchedResource,
} from '../domain/gpu-rules.js';
import { slurmHosts } from '../domain/host-scheduler.js';
import type { SeenResource } from '../domain/resource.js';
import { Clock } from '../ports/clock.js';
import { GpuFinder } from '../ports/gpu-finder.js';
import { Logger } from '../ports/logger.js';
import { ResourceStore } from '../ports/resource-store.js';
import { Settings } from '../ports/settings.js';
import { Alarm } from './alarm.js';
import { CpuNotes } from './cpu-notes.js';
import { HostLooks } from './host-looks.js';
import { PlaceNotes } from './place-notes.js';

/** What waits for a look: a place that is being given back, a beam that waits for one, a running job, or nothing. */
export type Pace = 'leaving' | 'waiting' | 'running' | 'rest';

const EVERY_MS: Readonly<Record<Pace, number>> = { leaving: 100, waiting: 1_000, running: 5_000, rest: 60_000 };

/** Who has an interest in the places (the slots). */
export interface GpuWatcher {
  pace(host: string): Pace;
  /** Ids of places that a job of ours holds: who computes there is no stranger. */
  held(): ReadonlySet<string>;
  /** Of these, ids of those whose job has not ended. */
  used(): ReadonlySet<string>;
  /** After each look at a host, whether it worked or not. */
  looked(): void;
  /** Resolves when the places that became free have their next jobs, or soon. */
  handedOver(signal: AbortSignal): Promise<void>;
}

const NOBODY: GpuWatcher = {
  pace: () => 'rest',
  held: () => new Set(),
  used: () => new Set(),
  looked: () => undefined,
  handedOver: () => Promise.resolve(),
};

/**
 * Looks at the places of each host at intervals, quicker while somebody waits for what it sees, and keeps what it saw, in
 * memory for the slots and in the database for people. Each host is looked at by itself (host-looks.ts), so that a tool
 * that is slow or hangs delays what is decided of its own GPUs and nothing else.
 */
@Service()
export class GpuWatch {
  readonly #hosts: ReadonlyMap<string, HostLooks>;
  #watcher: GpuWatcher = NOBODY;
  /** Looks are numbered as they begin. */
  #begun = 0;
  readonly #notes: PlaceNotes;
  readonly #cpu: CpuNotes;
  readonly #alarms: ReadonlyMap<string, Alarm>;
  readonly #rules: GpuRules;
  /** Hosts that may go away. */
  readonly #far: ReadonlySet<string>;

  constructor(
    @Inject(GpuFinder) private readonly finder: GpuFinder,
    @Inject(ResourceStore) private readonly store: ResourceStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Settings) settings: Settings,
    @Inject(Logger) private readonly log: Logger,
  ) {
    const { gpus, hosts, minFreeGpuMiB } = settings.execution;
    this.#far = new Set(hosts.filter(({ kind }) => kind !== 'local').map(({ name }) => name));
    this.#rules = { ...gpus, minFreeMiB: minFreeGpuMiB, queues: slurmHosts(settings.execution) };
    this.#notes = new PlaceNotes(store, clock, log);
    this.#cpu = new CpuNotes(log);
    const number = (): number => ++this.#begun;
    const lookOnce = (host: HostLooks): Promise<void> => this.#lookOnce(host);
    const looked = (): void => {
      this.#watcher.looked();
    };
    const looksAt = (host: string): HostLooks => new HostLooks(host, clock, number, lookOnce, looked);
    this.#hosts = new Map(finder.hosts.map((host) => [host, looksAt(host)]));
    this.#alarms = new Map(finder.hosts.map((host) => [host, new Alarm(clock)]));
  }

  /** Of all hosts, as after their last looks. */
  get places(): readonly WatchedResource[] {
    return withoutCpusBesideGpus(
      [...this.#hosts.values()].flatMap(({ places }) => places),
      this.#rules,
      this.#watcher.held(),
    );
  }

  /** Why the last look at the host failed, in words; null if it worked. */
  troubleOf(host: string): CaseError | null {
    return this.#hosts.get(host)?.trouble ?? null;
  }

  get hasTrouble(): boolean {
    return [...this.#hosts.values()].some(({ trouble }) => trouble !== null);
  }

  /** How many looks have begun so far: a mark of now. */
  get begun(): number {
    return this.#begun;
  }

  get rules(): GpuRules {
    return this.#rules;
  }

  /** Whether the host was looked at after `mark`, and no longer ago than this. */
  isFresh(host: string, mark: number, ageMs: number): boolean {
    return this.#hosts.get(host)?.isFresh(mark, ageMs) ?? false;
  }

  attach(watcher: GpuWatcher): void {
    this.#watcher = watcher;
  }

  /** The pace may have changed. */
  hurry(): void {
    for (const alarm of this.#alarms.values()) alarm.ring();
  }

  /** Resolves when a look at the host, or at all of them, has ended that began after `mark` was taken. Never rejects. */
  async look(mark: number, host?: string): Promise<void> {
    const looks = [...this.#hosts.values()].filter((one) => host === undefined || one.host === host);
    await Promise.all(looks.map((one) => one.look(mark)));
  }

  /** Looks anew at a host of which what was seen is old; who asks while it is looked at shares that look. */
  refresh(host: string, mark: number): void {
    const looks = this.#hosts.get(host);
    void looks?.look(Math.max(mark, looks.ended));
  }

  /** Until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => {
      this.hurry();
    };
    signal.addEventListener('abort', stop, { once: true });
    await Promise.all([...this.#hosts.values()].map((host) => this.#runOne(host, signal)));
    // A look under way may last as long as a hanging driver lets it; nobody waits for what it sees.
    await this.#notes.close();
  }

  async #runOne(looks: HostLooks, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const restMs = looks.dueMs(this.#everyMs(looks)) - this.clock.monotonicMs();
      if (restMs <= 0) await looks.look(looks.ended);
      else await this.#alarms.get(looks.host)?.wait(restMs);
    }
  }

  /** Resolves when these places have their row, or it could not be written; without ids, all that the last looks saw. */
  written(ids?: readonly string[]): Promise<void> {
    return this.#notes.written(ids);
  }

  /** Where there is neither a GPU nor a host or a Slurm that may go away nothing changes soon, unless the look itself fails. */
  #everyMs({ host, trouble, places }: HostLooks): number {
    const changes =
      trouble !== null ||
      this.#far.has(host) ||
      places.some(({ kind }) => kind === 'gpu') ||
      isQueued({ host }, this.#rules);
    return EVERY_MS[changes ? this.#watcher.pace(host) : 'rest'];
  }

  async #lookOnce(looks: HostLooks): Promise<void> {
    const { host } = looks;
    let seen: readonly SeenResource[];
    try {
      seen = await this.#withKnown(host, await this.finder.find(host));
    } catch (thrown) {
      await this.#failed(looks, toCaseError(thrown));
      return;
    }
    if (looks.trouble !== null) this.log.info('the GPUs can be looked at again', { host });
    looks.trouble = null;
    const before = looks.places;
    looks.places = afterLook(before, seen, this.#rules, this.#watcher.held());
    this.#tell(before, looks.places);
    this.#cpu.note(host, looks.places);
    this.#note(looks);
  }

  async #failed(looks: HostLooks, error: CaseError): Promise<void> {
    const { host } = looks;
    if (looks.trouble?.message !== error.message) {
      const { code, severity, remedy } = error;
      this.log.error('the GPUs cannot be looked at', { host, code, severity, remedy }, error);
    }
    looks.trouble = error;
    if (looks.places.length === 0) looks.places = (await this.#remembered(host)).filter(({ kind }) => kind === 'gpu');
    looks.places = afterFailedLook(looks.places, error.message, this.#watcher.used());
    this.#note(looks);
  }

  /** A host that was away ever since this service runs has the places that the one before saw: jobs of ours are there. */
  async #withKnown(host: string, seen: readonly SeenResource[]): Promise<readonly SeenResource[]> {
    const [unseen] = seen.filter(isUnseen);
    if (unseen === undefined) return seen;
    const known = (await this.#remembered(host)).filter((place) => !isUnseen(place));
    return known.length === 0 ? seen : known.map((one) => ({ ...one, away: unseen.away ?? '' }));
  }

  async #remembered(host: string): Promise<readonly WatchedResource[]> {
    try {
      const known = (await this.store.all()).filter((resource) => resource.host === host);
      return known.map((resource) => remembered(resource, this.#rules));
    } catch (thrown) {
      this.log.warn('the known GPUs could not be read', { code: toCaseError(thrown).code }, thrown);
      return [];
    }
  }

  #note({ host, places }: HostLooks): void {
    this.#notes.note(host, places, (closing) => this.#watcher.handedOver(closing));
  }

  #tell(before: readonly WatchedResource[], after: readonly WatchedResource[]): void {
    for (const { id, outOfService, allowed } of after) {
      const was = before.find((place) => place.id === id)?.outOfService ?? null;
      if (!allowed || (was === null) === (outOfService === null)) continue;
      if (outOfService === null) this.log.info('a GPU is back in service', { resource: id });
      else this.log.error('a GPU is out of service', { resource: id, code: 'gpu.lost' });
    }
  }
}
