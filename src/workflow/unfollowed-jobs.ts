import type { Beam, JobHandle } from '../domain/beam.js';
import { toCaseError } from '../domain/errors.js';
import type { Logger } from '../ports/logger.js';
import type { Scheduler } from '../ports/scheduler.js';
import type { Settings } from '../ports/settings.js';
import { jobLimits } from './job-limits.js';

/** Waits for the ends of jobs that no step follows, so that their places are kept as long as they run and no longer. */
export class UnfollowedJobs {
  readonly #waits = new Map<string, AbortController>();

  constructor(
    private readonly scheduler: Scheduler,
    private readonly settings: Settings,
    private readonly log: Logger,
  ) {}

  /** @param onEnd called once the job has ended, unless it was handed over before */
  follow(beam: Beam, job: JobHandle, onEnd: () => void): void {
    const letGo = new AbortController();
    this.#waits.set(beam.id, letGo);
    let isFree = false;
    const free = (): void => {
      if (isFree || letGo.signal.aborted) return; // else it is taken over by the beam's step
      isFree = true;
      onEnd();
    };
    const end = (): void => {
      free();
      if (this.#waits.get(beam.id) === letGo) this.#waits.delete(beam.id);
    };
    const observer = { onLine: () => undefined, onOver: free };
    // With the limits of any job: one that hangs while its case is held must not keep the place for as long.
    this.scheduler.wait(job, jobLimits(this.settings), observer, letGo.signal).then(end, (thrown: unknown) => {
      if (letGo.signal.aborted) return;
      const { code } = toCaseError(thrown);
      this.log.warn('following a job failed', { beamNumber: beam.beamNumber, caseId: beam.caseId, code }, thrown);
      end();
    });
  }

  /** The beam's step follows the job itself from now on. */
  handOver(beamId: string): void {
    const letGo = this.#waits.get(beamId);
    this.#waits.delete(beamId);
    letGo?.abort(new Error('taken over'));
  }

  /** The jobs run on. */
  close(): void {
    for (const id of [...this.#waits.keys()]) this.handOver(id);
  }
}
