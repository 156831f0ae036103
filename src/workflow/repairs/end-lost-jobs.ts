import { Inject, Service } from 'typedi';
import type { Folders } from '../../domain/folders.js';
import { Clock } from '../../ports/clock.js';
import { Logger } from '../../ports/logger.js';
import { LooseEnds, type BeamAttempt } from '../../ports/loose-ends.js';
import { Scheduler } from '../../ports/scheduler.js';
import { WorkFolders } from '../../ports/work-folders.js';
import { jobFields } from '../job-fields.js';

const DAY_MS = 86_400_000;
/** An older attempt's job would have met every limit, and its machine a restart. */
const LOOK_BACK_MS = 7 * DAY_MS;
/** Whoever ended the attempt may still be ending its job: SIGTERM, grace, SIGKILL. */
const LEAVE_ALONE_MS = 30_000;
const GRACE_MS = 5_000;
const ROWS = 1_000;
const JOBS_EACH_TIME = 20;

/**
 * Jobs nobody waits for: the attempt was closed without a result (cancelled, failed, set back), but whoever did so died
 * before its job was gone. The job is found by the folder of that attempt, so it is one that we started, and killed only
 * if process id, start time and boot are still those that were recorded.
 *
 * Needs no guard: a closed attempt never opens again, its number is never used twice, and its result can no longer be
 * accepted. A job that is looked at once and is gone is not looked at again.
 */
@Service()
export class EndLostJobs {
  readonly #gone = new Set<number>();

  constructor(
    @Inject(LooseEnds) private readonly ends: LooseEnds,
    @Inject(Scheduler) private readonly scheduler: Scheduler,
    @Inject(WorkFolders) private readonly folders: Folders,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(Logger) private readonly log: Logger,
  ) {}

  /** The number of jobs ended. */
  async repair(): Promise<number> {
    const now = this.clock.now();
    const attempts = await this.ends.endedBadly(now - LOOK_BACK_MS, now - LEAVE_ALONE_MS, ROWS);
    let ended = 0;
    for (const attempt of attempts.filter(({ id }) => !this.#gone.has(id)).slice(0, JOBS_EACH_TIME)) {
      if (await this.#end(attempt)) ended += 1;
      this.#gone.add(attempt.id);
    }
    return ended;
  }

  async #end({ caseId, run, beamNumber, attempt }: BeamAttempt): Promise<boolean> {
    const job = await this.scheduler.find(this.folders.attempt({ id: caseId, run }, beamNumber, attempt));
    if (job === null || !(await this.scheduler.isRunning(job))) return false;
    const log = this.log.child({ caseId, run, beamNumber });
    log.warn('job ended that nobody waited for', { attempt, ...jobFields(job) });
    await this.scheduler.kill(job, GRACE_MS);
    return true;
  }
}
