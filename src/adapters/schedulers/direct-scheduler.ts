import { join } from 'node:path';
import type { JobHandle } from '../../domain/beam.js';
import { bug, operator, transient } from '../../domain/errors.js';
import { visibleDevices } from '../../domain/visible-devices.js';
import type { Clock } from '../../ports/clock.js';
import type { Host, ProcessIdentity } from '../../ports/host.js';
import type { JobExit, JobLimits, JobObserver, JobRequest, Scheduler } from '../../ports/scheduler.js';
import { JobWatch } from './job-watch.js';
import { floodOf } from './log-flood.js';
import { ABANDONED, JOB_FILES, parseClaim, wrapped } from './wrapper-script.js';

/*
 * Jobs as plain processes of a host, which outlive the service. One folder per attempt; its files say everything:
 *
 *   job.json   the intent. Created exclusively, before anything is started. No job.json: nothing was ever started here.
 *              There is one already: it is not for us to start anything; `find` says what became of it.
 *   job.pid    the claim. Created exclusively, by the wrapper as its first act (its pid, start time and boot), or by us
 *              (`abandoned`). One file, one winner: a wrapper that comes late, after we gave up on it, fails to create it
 *              and ends without running the engine; if it was first, we find the job by what it wrote.
 *   engine.log, exit.code
 *
 * So no crash between two of our acts runs a job twice or loses one:
 *   died before job.json                      nothing started; the folder is unused.
 *   died after job.json, before the start     nobody claims: `find` abandons it, the beam gets a new attempt.
 *   died after the start, before our caller
 *   recorded the handle                       the claim is there, or comes (then `find` was first and the wrapper ends).
 *   the machine died                          the boot differs: the process is gone. Files lost or empty on disk count as
 *                                             nothing started, which is true by now: so none is forced to disk (fsync
 *                                             would cost the slot 10 ms and more at each hand-over).
 * Who waits for a job never matters to it: the wrapper writes exit.code also when nobody is there.
 */

export interface DirectSchedulerOptions {
  /** Look at a job this often though nothing was heard of it (progressTracking.pollingIntervalSeconds). */
  readonly pollMs: number;
}

/** A wrapper that has created its claim has written it within microseconds; it waits longer only on a stuck disk. */
const CLAIM_WRITTEN_WITHIN_MS = 2_000;
const KILL_LOOK_MS = 20;
/** After SIGKILL only a process stuck in the kernel stays. */
const KILLED_WITHIN_MS = 10_000;
/** What a job that broke its limits gets to end by itself. */
const LIMIT_GRACE_MS = 5_000;

export class DirectScheduler implements Scheduler {
  /** Jobs started by this process and not seen to end yet, by folder: their end is heard at once. */
  readonly #ours = new Map<string, { readonly handle: JobHandle; readonly ended: Promise<void> }>();
  /** Submits under way, by folder: a second one joins the first instead of taking its intent for a dead service's. */
  readonly #submits = new Map<string, Promise<JobHandle>>();

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly options: DirectSchedulerOptions,
  ) {}

  async submit(request: JobRequest): Promise<JobHandle> {
    const { folder } = request;
    const underWay = this.#submits.get(folder) ?? this.#submit(request);
    this.#submits.set(folder, underWay);
    try {
      return await underWay;
    } finally {
      this.#submits.delete(folder);
    }
  }

  async #submit(request: JobRequest): Promise<JobHandle> {
    const { folder, argv, gpuUuids } = request;
    if (argv.length === 0) throw bug('engine.no-argv', 'an engine gave no program to run');
    await this.host.makeFolder(folder);
    const intent = { format: 'mqi-job/1', argv, gpuUuids, startedAt: this.clock.now() };
    if (!(await this.host.createExclusive(join(folder, JOB_FILES.intent), `${JSON.stringify(intent)}\n`))) {
      const found = await this.#findStarted(folder);
      if (found === null) throw transient('engine.lost', 'the job of this attempt was given up before it ran');
      return found;
    }
    return this.#start(request);
  }

  async find(folder: string): Promise<JobHandle | null> {
    return (await this.#submits.get(folder)) ?? (await this.#findStarted(folder));
  }

  async #findStarted(folder: string): Promise<JobHandle | null> {
    const ours = this.#ours.get(folder);
    if (ours !== undefined) return ours.handle; // its wrapper may be about to make its claim
    if ((await this.host.readText(join(folder, JOB_FILES.intent))) === null) return null;
    const claim = join(folder, JOB_FILES.claim);
    if (await this.host.createExclusive(claim, ABANDONED)) return null;
    const endMs = this.clock.monotonicMs() + CLAIM_WRITTEN_WITHIN_MS;
    for (;;) {
      const text = (await this.host.readText(claim)) ?? '';
      if (text === ABANDONED) return null;
      const claimed = parseClaim(text);
      if (claimed !== null) return this.#handle({ ...claimed, folder });
      if (this.clock.monotonicMs() >= endMs) return null;
      await this.clock.sleep(10);
    }
  }

  async wait(job: JobHandle, limits: JobLimits, observer: JobObserver, signal: AbortSignal): Promise<JobExit> {
    const ended = this.#ours.get(job.folder)?.ended ?? null;
    const over = (): void => {
      if (!signal.aborted) observer.onOver?.();
    };
    void ended?.then(over);
    const watch = new JobWatch(this.host, this.clock, {
      folder: job.folder,
      identity: identityOf(job),
      limits,
      pollMs: this.options.pollMs,
      ended,
      onLine: (line) => {
        observer.onLine(line);
      },
    });
    const end = await watch.end(signal);
    if (end.how === 'timeout' || end.how === 'stalled') {
      await this.kill(job, LIMIT_GRACE_MS);
      throw end.how === 'timeout'
        ? transient('engine.timeout', `the engine ran longer than ${minutes(limits.timeoutMs)} and was stopped`)
        : transient('engine.stalled', `the engine did nothing for ${minutes(limits.stallMs)} and was stopped`);
    }
    if (end.how !== 'flooded') over();
    // What it left behind would go on using the GPU that the next job is given. One that floods its log gets no grace
    // either: it would go on writing.
    await this.kill(job, 0);
    if (end.how === 'flooded') throw await floodOf(this.host, job.folder, limits);
    return end;
  }

  async isRunning(job: JobHandle): Promise<boolean> {
    return (await this.host.cpuSeconds(identityOf(job))) !== null;
  }

  async kill(job: JobHandle, graceMs: number): Promise<void> {
    const identity = identityOf(job);
    if (graceMs > 0 && !(await this.host.signalGroup(identity, 'SIGTERM'))) return;
    if (graceMs > 0 && (await this.#isGoneWithin(identity, graceMs))) return;
    // Again and again: a member may start another while we look.
    const endMs = this.clock.monotonicMs() + KILLED_WITHIN_MS;
    while (await this.host.signalGroup(identity, 'SIGKILL')) {
      if (await this.#isGoneWithin(identity, KILL_LOOK_MS * 10)) return;
      if (this.clock.monotonicMs() >= endMs) {
        throw operator('engine.unkillable', `process group ${job.id} on ${job.host} does not end`, {
          remedy: 'a process stuck in a driver or a share needs the machine restarted; then: mqi resume ID',
        });
      }
    }
  }

  async #start({ folder, argv, env, gpuUuids }: JobRequest): Promise<JobHandle> {
    let tellEnd: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      tellEnd = resolve;
    });
    try {
      const identity = await this.host.startDetached(
        {
          folder,
          argv: wrapped(argv),
          env: { ...env, ...visibleDevices(gpuUuids) },
          logName: JOB_FILES.log,
        },
        () => {
          tellEnd();
        },
      );
      const handle = this.#handle(identity);
      this.#ours.set(folder, { handle, ended });
      void ended.then(() => this.#ours.delete(folder));
      return handle;
    } catch (thrown) {
      // Should it have started after all, it finds this and ends.
      await this.host.createExclusive(join(folder, JOB_FILES.claim), ABANDONED);
      throw thrown;
    }
  }

  async #isGoneWithin(identity: ProcessIdentity, limitMs: number): Promise<boolean> {
    const endMs = this.clock.monotonicMs() + limitMs;
    for (;;) {
      if ((await this.host.cpuSeconds(identity)) === null) return true;
      if (this.clock.monotonicMs() >= endMs) return false;
      await this.clock.sleep(KILL_LOOK_MS);
    }
  }

  #handle({ pid, startTicks, bootId, folder }: ProcessIdentity): JobHandle {
    const { name: host } = this.host;
    return { scheduler: 'direct', host, folder, id: String(pid), processStartTicks: startTicks, bootId };
  }
}

function identityOf({ id, processStartTicks, bootId, folder }: JobHandle): ProcessIdentity {
  return { pid: Number(id), startTicks: processStartTicks ?? '', bootId: bootId ?? '', folder };
}

function minutes(ms: number): string {
  return ms >= 60_000 ? `${String(Math.round(ms / 60_000))} min` : `${String(Math.round(ms / 1000))} s`;
}
