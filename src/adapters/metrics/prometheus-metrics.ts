import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Registry } from 'prom-client';
import { ACTIVE_STATES, CASE_STATES } from '../../domain/case-machine.js';
import { LOOP_RESOLUTION_MS, loopDelayMs } from '../../domain/loop-delay.js';
import { CODES_AT_MOST, labelOf } from './bounded-label.js';
import type { CaseQueries } from '../../ports/case-queries.js';
import type { Clock } from '../../ports/clock.js';
import type { DatabaseTimes } from '../../ports/database-times.js';
import type { DiskSpace } from '../../ports/disk-space.js';
import type { Inboxes } from '../../ports/inboxes.js';
import { CUT_OFFS, type CutOff, type Metrics } from '../../ports/metrics.js';
import type { NoticeStore } from '../../ports/notice-store.js';
import type { EndedAttempt, RunFeed } from '../../ports/run-feed.js';
import { metricSet, type MetricSet } from './metric-set.js';

const GIB = 2 ** 30;
/** Receipts are counted over all cases: not at every scrape. */
const COUNT_EVERY_MS = 60_000;

/** What the figures come from. */
export interface MetricSources {
  readonly queries: Pick<CaseQueries, 'countByState' | 'count' | 'resources' | 'workload' | 'targets'>;
  readonly inboxes: Pick<Inboxes, 'states'>;
  readonly feed: Pick<RunFeed, 'oldestActive' | 'receiptCounts'>;
  /** Each attempt that has ended, once. */
  readonly ended: { next(): Promise<readonly EndedAttempt[]> };
  readonly notices: Pick<NoticeStore, 'counts'>;
  readonly disk: DiskSpace;
  readonly times: DatabaseTimes;
  readonly clock: Pick<Clock, 'now' | 'monotonicMs'>;
  readonly root: string;
  readonly minFreeGiB: number;
  readonly version: string;
}

/**
 * For Prometheus: read from the database at each scrape, so that nothing of it can hold a case up, and counted since the
 * service was started. A part that cannot be read is left as it was and said to be missing.
 *
 * One scrape at a time: two at once would count the same attempts for each other.
 */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #set: MetricSet = metricSet(this.#registry);
  readonly #loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  readonly #codes = new Set<string>();
  readonly #unlisten: () => void;
  #countedAt = -Infinity;
  #scrape: Promise<string> | null = null;

  constructor(private readonly from: MetricSources) {
    this.#unlisten = from.times.listen((work, ms) => {
      this.#set.database.observe({ work }, ms / 1000);
    });
    this.#set.build.set({ version: from.version }, 1);
    this.#set.startedAt.set(Date.now() / 1000 - process.uptime());
    this.#set.diskMin.set(from.minFreeGiB * GIB);
    // So that the first is a rise, which a rule on the rate sees.
    for (const why of CUT_OFFS) this.#set.cutOff.inc({ why }, 0);
  }

  contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    // From the first scrape on: it wakes the process many times a second, which nobody is to pay for who does not ask.
    this.#loop.enable();
    this.#scrape ??= this.#read().finally(() => {
      this.#scrape = null;
    });
    return this.#scrape;
  }

  cutOff(why: CutOff): void {
    this.#set.cutOff.inc({ why });
  }

  close(): void {
    this.#loop.disable();
    this.#unlisten();
  }

  async #read(): Promise<string> {
    const parts: Readonly<Record<string, () => Promise<void> | void>> = {
      cases: () => this.#cases(),
      steps: () => this.#steps(),
      places: () => this.#places(),
      inboxes: () => {
        this.#inboxes();
      },
      targets: () => this.#targets(),
      notices: () => this.#notices(),
      disk: async () => {
        this.#set.disk.set(await this.from.disk.freeBytes(this.from.root));
      },
    };
    for (const [part, read] of Object.entries(parts)) {
      try {
        await read();
        this.#set.missing.set({ part }, 0);
      } catch {
        // Told by the figure itself; why, the log and /readyz say.
        this.#set.missing.set({ part }, 1);
      }
    }
    this.#process();
    return this.#registry.metrics();
  }

  async #cases(): Promise<void> {
    const { queries, feed, clock } = this.from;
    const counts = await queries.countByState();
    for (const state of CASE_STATES) this.#set.cases.set({ state }, counts[state]);
    this.#set.held.set(await queries.count({ held: true, states: ACTIVE_STATES }));
    this.#set.open.set((await queries.workload()).open.length);
    const oldest = await feed.oldestActive();
    for (const state of ACTIVE_STATES) {
      const since = oldest.find((one) => one.state === state)?.takenAt ?? clock.now();
      this.#set.oldest.set({ state }, Math.max(0, clock.now() - since) / 1000);
    }
  }

  async #steps(): Promise<void> {
    for (const { attempt } of await this.from.ended.next()) {
      const { step, beamNumber, startedAt, finishedAt, outcome, error } = attempt;
      const seconds = Math.max(0, (finishedAt ?? startedAt) - startedAt) / 1000;
      const how = outcome ?? 'lost';
      if (beamNumber === null) this.#set.step.observe({ step, outcome: how }, seconds);
      else this.#set.beam.observe({ outcome: how }, seconds);
      if (error !== null) this.#set.failures.inc({ step, code: labelOf(error.code, this.#codes, CODES_AT_MOST) });
      if (how === 'retried') this.#set.retries.inc({ step });
    }
  }

  /** GPUs by their host and number: few, and no serial number. */
  async #places(): Promise<void> {
    const places = await this.from.queries.resources();
    const { gpuUse, gpuMemory, gpuTotal, gpuHeat } = this.#set;
    for (const metric of [gpuUse, gpuMemory, gpuTotal, gpuHeat]) metric.reset();
    for (const kind of ['gpu', 'cpu'] as const) {
      const ofKind = places.filter(({ resource }) => resource.kind === kind);
      this.#set.places.set({ kind }, ofKind.length);
      this.#set.busy.set({ kind }, ofKind.filter(({ beams }) => beams.length > 0).length);
      this.#set.outOfService.set({ kind }, ofKind.filter(({ resource }) => resource.outOfService !== null).length);
    }
    for (const { resource } of places) {
      if (resource.kind !== 'gpu' || resource.index === null) continue;
      const { host, index, utilisationPercent, memoryUsedMiB, memoryTotalMiB, temperatureC } = resource;
      const gpu = { host, gpu: String(index) };
      if (utilisationPercent !== null) gpuUse.set(gpu, utilisationPercent / 100);
      if (memoryUsedMiB !== null) gpuMemory.set(gpu, memoryUsedMiB * 2 ** 20);
      if (memoryTotalMiB !== null) gpuTotal.set(gpu, memoryTotalMiB * 2 ** 20);
      if (temperatureC !== null) gpuHeat.set(gpu, temperatureC);
    }
  }

  /** The first inbox, which has no name, has an empty label. Nothing is told of a sweep that has not been. */
  #inboxes(): void {
    for (const { inbox, lostSince, entries, settling, sweepMs, calls, lastSweepAt } of this.from.inboxes.states()) {
      this.#set.lost.set({ inbox }, lostSince === null ? 0 : 1);
      this.#set.entries.set({ inbox }, entries);
      this.#set.settling.set({ inbox }, settling.length);
      if (sweepMs !== null) this.#set.sweep.set({ inbox }, sweepMs / 1000);
      if (calls !== null) this.#set.calls.set({ inbox }, calls);
      if (lastSweepAt !== null) this.#set.sweptAt.set({ inbox }, lastSweepAt / 1000);
    }
  }

  async #targets(): Promise<void> {
    const { queries, feed, clock } = this.from;
    for (const { target, waiting } of await queries.targets()) {
      const { name, state, lastSuccessAt } = target;
      this.#set.targetDown.set({ target: name }, state === 'down' ? 1 : 0);
      this.#set.targetWaiting.set({ target: name }, waiting);
      if (lastSuccessAt !== null) this.#set.targetSince.set({ target: name }, lastSuccessAt / 1000);
    }
    if (clock.monotonicMs() - this.#countedAt < COUNT_EVERY_MS) return;
    this.#countedAt = clock.monotonicMs();
    const attempts = new Map<string, number>();
    for (const { target, status, objects, attempts: tried } of await feed.receiptCounts()) {
      this.#set.delivered.set({ target, status }, objects);
      attempts.set(target, (attempts.get(target) ?? 0) + tried);
    }
    for (const [target, count] of attempts) this.#set.tries.set({ target }, count);
  }

  async #notices(): Promise<void> {
    this.#set.notices.reset();
    for (const { channel, state, count } of await this.from.notices.counts()) {
      this.#set.notices.set({ channel, state }, count);
    }
  }

  #process(): void {
    const { user, system } = process.cpuUsage();
    this.#set.cpu.set((user + system) / 1e6);
    this.#set.memory.set(process.memoryUsage.rss());
    const { loop } = this.#set;
    const delays = [
      ['0.5', this.#loop.percentile(50)],
      ['0.99', this.#loop.percentile(99)],
      ['1', this.#loop.max],
    ] as const;
    for (const [quantile, ns] of delays) loop.set({ quantile }, loopDelayMs(ns) / 1000);
    this.#loop.reset();
  }
}
