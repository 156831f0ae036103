import { Inject, Service } from 'typedi';
import type { Beam } from '../domain/beam.js';
import { toCaseError } from '../domain/errors.js';
import { estimatorFrom, type Estimator } from '../domain/estimate.js';
import { BeamStore } from '../ports/beam-store.js';
import { Clock } from '../ports/clock.js';
import { Logger } from '../ports/logger.js';

/** History is read again after this time. */
const KEPT_MS = 60_000;
const BEAMS = 100;

/** How long beams are expected to take, by those that have finished (docs/adr/0087). Orders the queue, nothing more. */
@Service()
export class Estimates {
  #estimator: Estimator = () => null;
  #readAtMs = -Infinity;
  #reading: Promise<void> = Promise.resolve();

  constructor(
    @Inject(BeamStore) private readonly beams: BeamStore,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /**
   * Reads the history if what is known is old. A failure leaves what was known. Who asks while it is read waits for the same
   * reading, so beams come to the queue in the order in which they asked.
   */
  refresh(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.#readAtMs >= KEPT_MS) {
      this.#readAtMs = nowMs;
      this.#reading = this.#read();
    }
    return this.#reading;
  }

  async #read(): Promise<void> {
    try {
      this.#estimator = estimatorFrom(await this.beams.finishedLately(BEAMS));
    } catch (thrown) {
      this.log.warn('the times of finished beams could not be read', { code: toCaseError(thrown).code }, thrown);
    }
  }

  /** ms; null while nothing is known. */
  of(beam: Beam): number | null {
    return this.#estimator(beam);
  }
}
