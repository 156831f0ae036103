import { Inject, Service } from 'typedi';
import { Clock } from '../../ports/clock.js';
import { Logger } from '../../ports/logger.js';
import { LooseEnds } from '../../ports/loose-ends.js';

const EACH_TIME = 200;

/**
 * Attempts without an outcome whose case or beam has moved on: closed as `lost`, so that the history says of each attempt
 * how it ended. Guarded: only an attempt that is still open is closed. That it is abandoned cannot change meanwhile, since
 * leases and attempts are written together, and a beam's attempt number only grows.
 */
@Service()
export class CloseAbandonedAttempts {
  constructor(
    @Inject(LooseEnds) private readonly ends: LooseEnds,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** The number of attempts closed. */
  async repair(): Promise<number> {
    let closed = 0;
    for (const attempt of await this.ends.abandoned(EACH_TIME)) {
      if (!(await this.ends.close(attempt, this.clock.now()))) continue;
      closed += 1;
      const { caseId, step, attempt: number } = attempt;
      this.log.child({ caseId, step }).info('attempt closed that nobody works on', { attempt: number });
    }
    return closed;
  }
}
