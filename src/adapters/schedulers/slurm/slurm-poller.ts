import { toCaseError, type CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { NamedJob, SlurmClient } from './slurm-client.js';
import type { SlurmLeftovers } from './slurm-leftovers.js';
import { isWaiting, type SlurmRecord } from './slurm-records.js';

/** Something of ours runs, or has just changed: an end is noticed within this and the call's own time. */
const QUICK_MS = 1_000;
/** Nothing but a queue that does not move. */
const SLOW_MS = 5_000;
const SLOWER = 1.3;

/** What is known of one job. `unknown`: Slurm was not asked yet, or does not answer. `absent`: it answered without it. */
export type Sight =
  { readonly how: 'seen'; readonly record: SlurmRecord } | { readonly how: 'absent' } | { readonly how: 'unknown' };

/**
 * Asks Slurm for all followed jobs at once: one squeue per tick, no tick while nobody follows a job, and never two at a
 * time. Ticks come each second while a job of ours runs or anything has just changed, else ever slower, up to five.
 */
export class SlurmPoller {
  readonly #followers = new Map<symbol, { readonly name: string; readonly wake: () => void }>();
  #seen: Seen = seenIn([]);
  #answered = false;
  #trouble: CaseError | null = null;
  /** Ticks are numbered as they begin; the last one that ended. */
  #tick = 0;
  #ended = 0;
  #everyMs = QUICK_MS;
  #runs = false;
  #wakeLoop = new AbortController();

  constructor(
    private readonly client: SlurmClient,
    private readonly clock: Clock,
    private readonly leftovers: SlurmLeftovers,
  ) {}

  /** @param wake called after each tick. The result ends it. */
  follow({ name, folder }: NamedJob, wake: () => void): { readonly sight: () => Sight; readonly stop: () => void } {
    const key = Symbol('follower');
    const fromTick = this.#tick + 1;
    this.#followers.set(key, { name, wake });
    this.hurry();
    if (!this.#runs) void this.#run();
    const sight = (): Sight => {
      if (!this.#answered || this.#ended < fromTick) return { how: 'unknown' };
      const record = this.#seen.byName.get(name) ?? this.#seen.byFolder.get(folder);
      return record === undefined ? { how: 'absent' } : { how: 'seen', record };
    };
    const stop = (): void => {
      this.#followers.delete(key);
      if (this.#followers.size === 0) this.#wakeLoop.abort();
    };
    return { sight, stop };
  }

  /** Why the last tick told nothing; null if it did. */
  get trouble(): CaseError | null {
    return this.#trouble;
  }

  /** Something has changed or is about to: the next tick comes soon. */
  hurry(): void {
    this.#everyMs = QUICK_MS;
    this.#wakeLoop.abort();
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#runs = true;
    while (this.#followers.size > 0) {
      const fromMs = this.clock.monotonicMs();
      await this.#ask();
      for (const { wake } of [...this.#followers.values()]) wake();
      await Promise.all([this.#rest(fromMs), this.#clearLeftovers()]);
    }
    this.#runs = false;
  }

  async #ask(): Promise<void> {
    this.#tick += 1;
    const number = this.#tick;
    try {
      const before = this.#seen;
      const now = seenIn(await this.client.mine());
      this.#seen = now;
      this.#answered = true;
      this.#trouble = null;
      const runs = now.records.some((record) => !isWaiting(record));
      this.#everyMs = runs || hasChanged(before, now) ? QUICK_MS : Math.min(SLOW_MS, Math.ceil(this.#everyMs * SLOWER));
    } catch (thrown) {
      this.#answered = false;
      this.#trouble = toCaseError(thrown);
      this.#everyMs = QUICK_MS;
    }
    this.#ended = number;
  }

  /** They keep places that jobs which are followed wait for. */
  async #clearLeftovers(): Promise<void> {
    if (!this.#answered) return;
    const followed = new Set([...this.#followers.values()].map(({ name }) => name));
    await this.leftovers.clear(this.#seen.records.filter(({ name }) => !followed.has(name)));
  }

  /** A hurry ends a slow rest, but ticks stay a second apart. */
  async #rest(fromMs: number): Promise<void> {
    const rested = (): number => this.clock.monotonicMs() - fromMs;
    while (this.#followers.size > 0 && rested() < this.#everyMs) {
      const woken = new AbortController();
      this.#wakeLoop = woken;
      await this.clock.sleep(this.#everyMs - rested(), woken.signal);
    }
  }
}

/** What one tick saw; a job whose name somebody has changed is found by its folder. */
interface Seen {
  readonly records: readonly SlurmRecord[];
  readonly byName: ReadonlyMap<string, SlurmRecord>;
  readonly byFolder: ReadonlyMap<string, SlurmRecord>;
}

const seenIn = (records: readonly SlurmRecord[]): Seen => ({
  records,
  byName: new Map(records.map((record) => [record.name, record])),
  byFolder: new Map(records.map((record) => [record.folder, record])),
});

function hasChanged(before: Seen, now: Seen): boolean {
  if (before.records.length !== now.records.length) return true;
  return now.records.some(({ name, state }) => before.byName.get(name)?.state !== state);
}
