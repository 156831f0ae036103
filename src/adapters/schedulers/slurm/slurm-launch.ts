import { CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { SlurmClient } from './slurm-client.js';
import { notLaunched, notReady } from './slurm-fate.js';
import type { Prolog, SlurmRecord } from './slurm-records.js';
import { PREPARED_UNTOLD } from './slurm-words.js';

/** A job that has ended on its node, where its claim may not show here yet; file systems of clusters are slow. */
const SHOWN_WITHIN_MS = 10_000;
/** Between two questions about a node that may still be made ready. */
const ASK_EVERY_MS = 30_000;

/**
 * A job that Slurm says is on a node, and nothing of it runs there. Either the node is made ready by the site's own program
 * (Prolog), which may take as long as the site lets it and which Slurm does not tell of without PrologFlags=Alloc; or it
 * refuses the job, as one whose id another job had before it, and leaves it so (COMPLETING, or RUNNING) for as long as it
 * likes. Where no prolog can be the reason, a job is refused that has not begun after a while; else when its node was taken
 * out for that, or when the prolog's limit, or Slurm's of the job, is over. While Slurm does not say which: neither.
 */
export class SlurmLaunch {
  #seen: { readonly state: string; readonly sinceMs: number } | null = null;
  #askedMs = -Infinity;
  #prolog: Prolog | null = null;
  #words: string | null = null;

  /** @param beginsWithinMs a job begins within this on a node that needs not be made ready */
  constructor(
    private readonly clock: Clock,
    private readonly client: SlurmClient,
    private readonly beginsWithinMs: number,
  ) {}

  /** It is not on a node, or Slurm says what keeps it there. */
  reset(): void {
    this.#seen = null;
    this.#words = null;
  }

  /** What it waits for, in words, or null for nothing that is known; an error when it shall never run. */
  async look(record: SlurmRecord): Promise<CaseError | string | null> {
    const { state, nodes } = record;
    const nowMs = this.clock.monotonicMs();
    if (this.#seen?.state !== state) this.#seen = { state, sinceMs: nowMs };
    const waitedMs = nowMs - this.#seen.sinceMs;
    if (state !== 'COMPLETING') return this.#onNode(record, waitedMs);
    if (waitedMs < SHOWN_WITHIN_MS) return this.#words;
    return this.#words === null ? refused(record) : notReady(nodes);
  }

  async #onNode(record: SlurmRecord, waitedMs: number): Promise<CaseError | string | null> {
    const nowMs = this.clock.monotonicMs();
    const apartMs = Math.min(ASK_EVERY_MS, this.beginsWithinMs);
    if (waitedMs < this.beginsWithinMs || nowMs - this.#askedMs < apartMs) return this.#words;
    this.#askedMs = nowMs;
    try {
      return await this.#asked(record, waitedMs);
    } catch (thrown) {
      if (thrown instanceof CaseError && thrown.severity === 'transient') return this.#words;
      throw thrown;
    }
  }

  async #asked(record: SlurmRecord, waitedMs: number): Promise<CaseError | string | null> {
    this.#prolog ??= await this.client.prolog();
    if (this.#prolog === null) return this.#words;
    const { limitMs } = this.#prolog;
    if (limitMs === 0 || (await this.client.hasRefused(record.nodes))) return refused(record);
    if (waitedMs > limitMs + this.beginsWithinMs) return notReady(record.nodes);
    this.#words = PREPARED_UNTOLD;
    return this.#words;
  }
}

const refused = ({ state, nodes }: SlurmRecord): CaseError =>
  notLaunched(`${state} on node ${nodes}, where nothing of it runs`);
