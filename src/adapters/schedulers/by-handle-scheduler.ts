import { join } from 'node:path';
import type { JobHandle } from '../../domain/beam.js';
import type { SchedulerKind } from '../../domain/host-scheduler.js';
import type { Host } from '../../ports/host.js';
import type { JobExit, JobLimits, JobObserver, JobRequest, Scheduler } from '../../ports/scheduler.js';
import { JOB_FILES } from './wrapper-script.js';

/** What a scheduler writes into the intent of its jobs. */
const KINDS: Readonly<Record<string, SchedulerKind>> = { 'mqi-job/1': 'direct', 'mqi-slurm-job/1': 'slurm' };

/**
 * The schedulers of one machine: new jobs go to the one that is configured, jobs that run belong to whoever started them,
 * by their handle or, where that was never written, by the intent in their folder. So a change of configuration loses no
 * job, and no scheduler gives up a job of another's.
 */
export class ByHandleScheduler implements Scheduler {
  readonly #chosen: Scheduler;

  constructor(
    private readonly host: Host,
    private readonly kinds: Readonly<Record<SchedulerKind, Scheduler>>,
    chosen: SchedulerKind,
  ) {
    this.#chosen = kinds[chosen];
  }

  async ready(host: string): Promise<void> {
    await this.#chosen.ready?.(host);
  }

  submit(request: JobRequest): Promise<JobHandle> {
    return this.#chosen.submit(request);
  }

  async find(folder: string): Promise<JobHandle | null> {
    const [, format = ''] =
      /"format":"([^"]*)"/.exec((await this.host.readText(join(folder, JOB_FILES.intent))) ?? '') ?? [];
    const kind = KINDS[format];
    return (kind === undefined ? this.#chosen : this.kinds[kind]).find(folder);
  }

  wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit> {
    return this.kinds[job.scheduler].wait(job, limits, observer, signal);
  }

  isRunning(job: JobHandle): Promise<boolean> {
    return this.kinds[job.scheduler].isRunning(job);
  }

  kill(job: JobHandle, graceMs: number): Promise<void> {
    return this.kinds[job.scheduler].kill(job, graceMs);
  }
}
