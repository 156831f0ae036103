import type { JobHandle } from '../../../src/domain/beam.js';
import { transient } from '../../../src/domain/errors.js';
import type { Clock } from '../../../src/ports/clock.js';
import type { JobExit, JobLimits, JobObserver, JobRequest } from '../../../src/ports/scheduler.js';
import { FakeScheduler } from '../../fakes/fake-scheduler.js';

/** What an engine does: ends well, ends badly, ends well without a usable result, or never ends. */
export type Conduct = 'finish' | 'crash' | 'vanish' | 'lie' | 'hang';

/** The processes of the machine: they live on when the service dies, and end as chance has it. */
export class ModelJobs extends FakeScheduler {
  /** Folders whose job ended with 0 and left no dose that can be believed. */
  readonly lied = new Set<string>();
  readonly #startedAtMs = new Map<string, number>();
  conduct: () => Conduct = () => 'finish';
  /** Called when a job starts; for the promises. */
  onStart: (folder: string) => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {
    super();
  }

  override async submit(request: JobRequest): Promise<JobHandle> {
    const { folder } = request;
    const fresh = !this.jobs.has(folder);
    const job = await super.submit(request);
    if (!fresh) return job;
    this.#startedAtMs.set(folder, this.clock.monotonicMs());
    this.onStart(folder);
    const conduct = this.conduct();
    if (conduct !== 'hang') void this.#live(folder, conduct);
    return job;
  }

  /** As the real one: a job that breaks its limits is killed by whoever waits for it. */
  override async wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit> {
    const done = new AbortController();
    if (Number.isFinite(limits.timeoutMs)) void this.#limit(job.folder, limits.timeoutMs, done.signal);
    try {
      return await super.wait(job, limits, observer, signal);
    } finally {
      done.abort();
    }
  }

  async #limit(folder: string, timeoutMs: number, done: AbortSignal): Promise<void> {
    const ranMs = this.clock.monotonicMs() - (this.#startedAtMs.get(folder) ?? 0);
    await this.clock.sleep(timeoutMs - ranMs, done);
    if (!done.aborted && this.running.includes(folder))
      this.end(folder, transient('engine.timeout', 'it ran too long'));
  }

  async #live(folder: string, conduct: Exclude<Conduct, 'hang'>): Promise<void> {
    const seconds = Math.ceil(this.random() * 12);
    for (const percent of [30, 60, 90]) {
      await this.clock.sleep((seconds * 1000) / 4);
      if (!this.running.includes(folder)) return;
      this.say(folder, `${String(percent)}%`);
    }
    await this.clock.sleep((seconds * 1000) / 4);
    if (!this.running.includes(folder)) return;
    if (conduct === 'lie') this.lied.add(folder);
    if (conduct === 'vanish') this.end(folder, { how: 'vanished', reason: 'killed' });
    else this.end(folder, { how: 'exited', code: conduct === 'crash' ? 1 : 0 });
  }
}
