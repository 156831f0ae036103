import { Inject, Service } from 'typedi';
import { toCaseError } from '../../domain/errors.js';
import { Clock } from '../../ports/clock.js';
import type { Companion } from '../../ports/companions.js';
import { Logger } from '../../ports/logger.js';
import { RunFeed } from '../../ports/run-feed.js';
import { TraceExporter, type TraceSpan } from '../../ports/trace-exporter.js';
import { EndedAttempts } from '../ended-attempts.js';
import { unlessAborted } from '../unless-aborted.js';
import { spansOf } from './run-spans.js';

const LOOK_MS = 5_000;
const LONGEST_REST_MS = 300_000;
const AT_ONCE = 200;
/** While nobody takes them; then the oldest go. */
const KEPT_AT_MOST = 5_000;
/** Told again after a restart, by the same ids: what ended just before a kill may not have been sent. */
const AGAIN_MS = 600_000;

/** Tells a collector of traces what was done, from the database, some seconds after it was. Nobody waits for it. */
@Service()
export class TraceTeller implements Companion {
  #kept: TraceSpan[] = [];
  #failures = 0;
  #dropped = 0;

  constructor(
    @Inject(TraceExporter) private readonly exporter: TraceExporter | null,
    @Inject(RunFeed) private readonly feed: RunFeed,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** Until the signal aborts. Does nothing where there is no collector. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { exporter } = this;
    if (exporter === null) return;
    const ended = new EndedAttempts(this.feed, this.clock.now() - AGAIN_MS);
    while (!signal.aborted) {
      await this.#turn(exporter, ended, signal);
      await this.clock.sleep(Math.min(LONGEST_REST_MS, LOOK_MS * 2 ** Math.min(this.#failures, 10)), signal);
    }
    // Not waited for: it would wait for a collector that does not answer.
    exporter.close().catch((thrown: unknown) => {
      this.log.warn('ending the export of traces failed', {}, thrown);
    });
  }

  async #turn(exporter: TraceExporter, ended: EndedAttempts, signal: AbortSignal): Promise<void> {
    try {
      this.#keep((await ended.next()).flatMap(spansOf));
      while (this.#kept.length > 0) {
        await unlessAborted(exporter.send(this.#kept.slice(0, AT_ONCE)), signal);
        this.#kept = this.#kept.slice(AT_ONCE);
      }
      if (this.#failures > 0) this.log.info('traces are taken again', { count: this.#dropped });
      [this.#failures, this.#dropped] = [0, 0];
    } catch (thrown) {
      if (signal.aborted) return;
      this.#failures += 1;
      if (this.#failures > 1) return;
      this.log.warn('traces are not taken, tried again later', { code: toCaseError(thrown).code }, thrown);
    }
  }

  #keep(spans: readonly TraceSpan[]): void {
    const all = [...this.#kept, ...spans];
    this.#dropped += Math.max(0, all.length - KEPT_AT_MOST);
    this.#kept = all.slice(-KEPT_AT_MOST);
  }
}
