import { Gauge, Registry } from 'prom-client';
import { ACTIVE_STATES, CASE_STATES } from '../domain/case-machine.js';
import type { Inboxes } from '../ports/inboxes.js';
import type { CaseQueries } from '../ports/case-queries.js';

/** What Prometheus scrapes: read from the database at each scrape. No label can carry patient data. */
export class Metrics {
  readonly #registry = new Registry();
  readonly #cases = this.#gauge('mqi_cases', 'Cases by state.', ['state']);
  readonly #held = this.#gauge('mqi_cases_held', 'Active cases held for an operator.');
  readonly #places = this.#gauge('mqi_places', 'GPUs or CPU places that can run jobs.', ['kind']);
  readonly #busy = this.#gauge('mqi_places_busy', 'Places that hold a job now.', ['kind']);
  readonly #memory = this.#gauge('process_resident_memory_bytes', 'Memory of the service.');

  readonly #lost = this.#gauge('mqi_inbox_lost', 'Whether the share of the inbox is away.', ['inbox']);
  readonly #entries = this.#gauge('mqi_inbox_case_folders', 'Case folders in the inbox.', ['inbox']);
  readonly #settling = this.#gauge('mqi_inbox_settling', 'Folders of the inbox that are not yet taken.', ['inbox']);
  readonly #sweep = this.#gauge('mqi_inbox_sweep_seconds', 'How long the last look through the inbox took.', ['inbox']);
  readonly #calls = this.#gauge('mqi_inbox_sweep_calls', 'Calls of the file system that look made.', ['inbox']);
  readonly #sweptAt = this.#gauge('mqi_inbox_last_sweep_timestamp_seconds', 'When that was.', ['inbox']);

  constructor(
    private readonly queries: CaseQueries,
    private readonly inboxes: Pick<Inboxes, 'states'>,
  ) {}

  readonly contentType = (): string => this.#registry.contentType;

  async text(): Promise<string> {
    const counts = await this.queries.countByState();
    for (const state of CASE_STATES) this.#cases.set({ state }, counts[state]);
    this.#held.set(await this.queries.count({ held: true, states: ACTIVE_STATES }));
    const places = await this.queries.resources();
    for (const kind of ['gpu', 'cpu'] as const) {
      const ofKind = places.filter(({ resource }) => resource.kind === kind);
      this.#places.set({ kind }, ofKind.length);
      this.#busy.set({ kind }, ofKind.filter(({ beams }) => beams.length > 0).length);
    }
    this.#setInboxes();
    this.#memory.set(process.memoryUsage.rss());
    return this.#registry.metrics();
  }

  /** The first inbox, which has no name, has an empty label. Nothing is told of a sweep that has not been. */
  #setInboxes(): void {
    for (const { inbox, lostSince, entries, settling, sweepMs, calls, lastSweepAt } of this.inboxes.states()) {
      this.#lost.set({ inbox }, lostSince === null ? 0 : 1);
      this.#entries.set({ inbox }, entries);
      this.#settling.set({ inbox }, settling.length);
      if (sweepMs !== null) this.#sweep.set({ inbox }, sweepMs / 1000);
      if (calls !== null) this.#calls.set({ inbox }, calls);
      if (lastSweepAt !== null) this.#sweptAt.set({ inbox }, lastSweepAt / 1000);
    }
  }

  #gauge<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] });
  }
}
