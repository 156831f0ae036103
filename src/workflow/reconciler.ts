import { Inject, Service } from 'typedi';
import { toCaseError } from '../domain/errors.js';
import { Clock } from '../ports/clock.js';
import { Logger } from '../ports/logger.js';
import { CloseAbandonedAttempts } from './repairs/close-abandoned-attempts.js';
import { EndCancelledBeams } from './repairs/end-cancelled-beams.js';
import { EndLostJobs } from './repairs/end-lost-jobs.js';
import { RemakeLostDoses } from './repairs/remake-lost-doses.js';
import { RemovePartFiles } from './repairs/remove-part-files.js';

/*
 * What is left between two writes when a process dies, or when somebody deletes a file, is put right here: at the start
 * and every 10 s for as long as the service runs, beside the workflow manager.
 *
 *   what was left                            what is done
 *   lease of a service that died             freed at the start (releaseOrphans); of our own, by lease-renewal.ts
 *   beam of a cancelled case, not cancelled  the cancel is repeated (its process died half way)
 *   job nobody waits for                     ended, if it is the one that was recorded
 *   attempt without an outcome               closed as `lost`
 *   row without a file                       its beam is calculated again, as long as nothing was sent
 *   half-written file                        removed
 *   result without a row                     left: the beam's next look takes it over (judged again), or it goes with
 *                                            the work folder
 *
 * Each repair is idempotent, has a budget for each time, and one guarded write where it writes rows: what a step or an
 * operator does meanwhile wins. A repair that fails is tried again at the next time and stops no other.
 */

const EVERY_MS = 10_000;

/** One kind of repair; gives the number of things put right. */
interface Repair {
  repair(): Promise<number>;
}

@Service()
export class Reconciler {
  readonly #repairs: readonly Repair[];

  constructor(
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
    cancelledBeams: EndCancelledBeams,
    lostJobs: EndLostJobs,
    abandonedAttempts: CloseAbandonedAttempts,
    lostDoses: RemakeLostDoses,
    partFiles: RemovePartFiles,
  ) {
    this.#repairs = [cancelledBeams, lostJobs, abandonedAttempts, lostDoses, partFiles];
  }

  /** Repairs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.pass(signal);
      await this.clock.sleep(EVERY_MS, signal);
    }
  }

  /** Looks at everything once; the number of things put right. */
  async pass(signal: AbortSignal): Promise<number> {
    let count = 0;
    for (const kind of this.#repairs) {
      if (signal.aborted) break;
      try {
        count += await kind.repair();
      } catch (thrown) {
        const { code, severity } = toCaseError(thrown);
        this.log.warn('a repair failed and is tried again', { code, severity }, thrown);
      }
    }
    return count;
  }
}
