import { Inject, Service } from 'typedi';
import type { InboxArrival } from '../domain/arrival.js';
import { toCaseError } from '../domain/errors.js';
import { ArrivalStore } from '../ports/arrival-store.js';
import { Clock } from '../ports/clock.js';
import { Inboxes } from '../ports/inboxes.js';
import { Logger } from '../ports/logger.js';

const LOOK_EVERY_MS = 1_000;

/**
 * Makes folders that are still being copied visible to every process (`mqi cases`, the page): writes what the watchers
 * see to the database whenever it has changed, at most once a second, and nothing while nothing arrives. Only for people
 * to read: nothing is decided by it, so a write that fails is only tried again at the next look.
 */
@Service()
export class Arrivals {
  constructor(
    @Inject(Inboxes) private readonly inboxes: Pick<Inboxes, 'states'>,
    @Inject(ArrivalStore) private readonly store: ArrivalStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** Until the signal aborts. What a service before this one left is replaced at the first look. */
  async run(signal: AbortSignal): Promise<void> {
    let written: string | null = null;
    while (!signal.aborted) {
      written = await this.#write(written);
      await this.clock.sleep(LOOK_EVERY_MS, signal);
    }
  }

  async #write(written: string | null): Promise<string | null> {
    const arrivals: readonly InboxArrival[] = this.inboxes
      .states()
      .flatMap(({ inbox, settling }) => settling.map((arrival) => ({ inbox, ...arrival })));
    const now = JSON.stringify(arrivals);
    if (now === written) return written;
    try {
      await this.store.replace(arrivals);
      return now;
    } catch (thrown) {
      const { code, severity } = toCaseError(thrown);
      this.log.warn('noting arriving folders failed', { code, severity });
      return null;
    }
  }
}
