import type { JobHandle } from '../../src/domain/beam.js';
import { transient } from '../../src/domain/errors.js';
import type { JobExit, JobLimits, JobObserver, JobRequest, Scheduler } from '../../src/ports/scheduler.js';

interface FakeJob {
  readonly handle: JobHandle;
  readonly request: JobRequest | null;
  readonly lines: string[];
  /** What it waits for before it begins; undefined: nothing was ever said of that. */
  waitsFor?: string | null;
  end: JobExit | Error | null;
}

/**
 * Jobs in memory that say and end what the test wants (test/contract/scheduler.test.ts runs against this and the direct
 * scheduler). Jobs are told by their folder. With `plays`, a submitted job says these lines and ends at once.
 */
export class FakeScheduler implements Scheduler {
  readonly jobs = new Map<string, FakeJob>();
  readonly killed: string[] = [];
  readonly limits: JobLimits[] = [];
  submits = 0;
  /** What was brought ahead, and how many jobs had been submitted by then. */
  readonly broughtAhead: { readonly host: string; readonly files: readonly string[]; readonly submits: number }[] = [];
  submitFailure: Error | null = null;
  /** Set: no job can be given to any host. */
  readyFailure: Error | null = null;
  /** What `wait` still does when a job has ended: a far one's results are brought. */
  brings: Promise<void> | null = null;
  plays: ((request: JobRequest) => { readonly lines: readonly string[]; readonly end: JobExit | null }) | null = null;
  readonly #changed = new Set<() => void>();

  ready(): Promise<void> {
    return this.readyFailure === null ? Promise.resolve() : Promise.reject(this.readyFailure);
  }

  bringAhead(host: string, files: readonly string[]): Promise<void> {
    this.broughtAhead.push({ host, files, submits: this.submits });
    return this.submitFailure === null ? Promise.resolve() : Promise.reject(this.submitFailure);
  }

  submit(request: JobRequest): Promise<JobHandle> {
    this.submits += 1;
    if (this.submitFailure !== null) return Promise.reject(this.submitFailure);
    const known = this.jobs.get(request.folder);
    if (known !== undefined) return Promise.resolve(known.handle);
    const job = this.#add(request.folder, request);
    const play = this.plays?.(request);
    if (play !== undefined) {
      job.lines.push(...play.lines);
      job.end = play.end;
    }
    return Promise.resolve(job.handle);
  }

  find(folder: string): Promise<JobHandle | null> {
    return Promise.resolve(this.jobs.get(folder)?.handle ?? null);
  }

  async wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit> {
    this.limits.push(limits);
    let said = 0;
    for (;;) {
      signal.throwIfAborted();
      const found = this.jobs.get(job.folder);
      if (found === undefined) return { how: 'vanished', reason: 'no such job' };
      for (const line of found.lines.slice(said)) observer.onLine(line);
      said = found.lines.length;
      if (found.waitsFor !== undefined) observer.onWaiting?.(found.waitsFor);
      if (found.end instanceof Error) throw found.end;
      if (found.end !== null) {
        observer.onOver?.();
        await this.brings;
        signal.throwIfAborted();
        return found.end;
      }
      this.#stopFlood(found, limits);
      await this.#change(signal);
    }
  }

  isRunning(job: JobHandle): Promise<boolean> {
    return Promise.resolve(this.jobs.get(job.folder)?.end === null);
  }

  kill(job: JobHandle): Promise<void> {
    const found = this.jobs.get(job.folder);
    if (found?.end !== null) return Promise.resolve();
    this.killed.push(job.folder);
    this.end(job.folder, { how: 'exited', code: 143 });
    return Promise.resolve();
  }

  /** A job that was started by a service before this one. */
  startedEarlier(folder: string): JobHandle {
    return this.#add(folder, null).handle;
  }

  say(folder: string, line: string): void {
    this.#get(folder).lines.push(line);
    this.#wake();
  }

  /** The job waits for this before it begins; null: it runs. */
  waitsFor(folder: string, words: string | null): void {
    this.#get(folder).waitsFor = words;
    this.#wake();
  }

  /** Ends the job; an error is what `wait` throws (a broken limit). */
  end(folder: string, end: JobExit | Error): void {
    this.#get(folder).end = end;
    this.#wake();
  }

  /** Folders of the jobs that have not ended, in the order of submission. */
  get running(): readonly string[] {
    return [...this.jobs.values()].filter(({ end }) => end === null).map(({ handle }) => handle.folder);
  }

  #add(folder: string, request: JobRequest | null): FakeJob {
    const id = String(this.jobs.size + 1);
    const handle = { scheduler: 'direct', host: 'local', folder, id, processStartTicks: id, bootId: 'boot-1' } as const;
    const job: FakeJob = { handle, request, lines: [], end: null };
    this.jobs.set(folder, job);
    return job;
  }

  #get(folder: string): FakeJob {
    const job = this.jobs.get(folder);
    if (job === undefined) throw transient('engine.lost', `no job in ${folder}`);
    return job;
  }

  #stopFlood({ handle, lines }: FakeJob, { maxLogBytes = Infinity }: JobLimits): void {
    if (lines.reduce((sum, line) => sum + line.length + 1, 0) <= maxLogBytes) return;
    void this.kill(handle);
    throw transient('engine.log-flood', `the engine wrote too much; the last: "${lines.at(-1) ?? ''}"`);
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#changed.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#changed.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  #wake(): void {
    for (const wake of [...this.#changed]) wake();
  }
}
