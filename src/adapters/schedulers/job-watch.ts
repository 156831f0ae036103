import { join } from 'node:path';
import type { Clock } from '../../ports/clock.js';
import type { Host, ProcessIdentity } from '../../ports/host.js';
import type { JobExit, JobLimits } from '../../ports/scheduler.js';
import { LineSplitter } from './line-splitter.js';
import { LogFollower } from './log-follower.js';
import { StallWatch } from './stall-watch.js';
import { JOB_FILES, parseExitCode } from './wrapper-script.js';

export interface WatchedJob {
  readonly folder: string;
  readonly identity: ProcessIdentity;
  readonly limits: JobLimits;
  readonly pollMs: number;
  /** Resolves when the process ends, if it is a child of ours; null for one found again. */
  readonly ended: Promise<void> | null;
  onLine(line: string): void;
}

export type JobEnd = JobExit | { readonly how: 'timeout' } | { readonly how: 'stalled' } | { readonly how: 'flooded' };

/** A job that writes without pause is looked at no more often than this; its end is still heard at once if it is ours. */
const LOOK_APART_MS = 20;
/** A process gone without an exit code is looked at again: on a network share the rename may show later. */
const GONE_LOOKS = 5;
const GONE_LOOK_MS = 25;

/**
 * Follows one job to its end. Each turn first arms the folder's watch, then looks, then waits for the watch, the child's
 * exit or the poll: nothing that happens between looking and waiting is missed.
 */
export class JobWatch {
  readonly #lines: LineSplitter;
  readonly #stall: StallWatch;
  readonly #log: LogFollower;
  /** More output is there than was read in the last look: the next one waits for nothing. */
  #isBehind = false;
  #isTooLarge = false;
  #cpuDueMs = 0;

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly job: WatchedJob,
  ) {
    this.#lines = new LineSplitter((line) => {
      job.onLine(line);
    });
    this.#log = new LogFollower(host, job.folder, this.#lines, job.limits.maxLogBytes);
    this.#stall = new StallWatch(job.limits.stallMs, clock.monotonicMs());
  }

  /** How the job ended, or which limit it broke. Aborting rejects with the signal's reason. */
  async end(signal: AbortSignal): Promise<JobEnd> {
    const deadlineMs = await this.#findDeadline();
    for (;;) {
      signal.throwIfAborted();
      const turn = new AbortController();
      const stop = (): void => {
        turn.abort();
      };
      signal.addEventListener('abort', stop, { once: true });
      try {
        const nowMs = this.clock.monotonicMs();
        const restMs = Math.max(0, Math.min(this.#lookEveryMs, deadlineMs - nowMs));
        const woken = this.#woken(restMs, turn.signal);
        const end = await this.#look(deadlineMs);
        signal.throwIfAborted();
        if (end !== null) return end;
        if (!this.#isBehind) await woken;
      } finally {
        turn.abort();
        signal.removeEventListener('abort', stop);
      }
    }
  }

  async #woken(restMs: number, signal: AbortSignal): Promise<void> {
    const { folder, ended } = this.job;
    const seen = async (): Promise<void> => {
      const fromMs = this.clock.monotonicMs();
      await this.host.folderChanged(folder, restMs, signal);
      const restOfPauseMs = LOOK_APART_MS - (this.clock.monotonicMs() - fromMs);
      if (restOfPauseMs > 0) await this.clock.sleep(restOfPauseMs, signal);
    };
    await (ended === null ? seen() : Promise.race([seen(), ended]));
  }

  async #look(deadlineMs: number): Promise<JobEnd | null> {
    // In this order: a process that is gone has written its exit code before, and its output before that.
    const alive = await this.host.isAlive(this.job.identity);
    const exit = alive ? await this.#exit() : await this.#exitOfTheGone();
    await this.#readLog(exit !== null);
    if (exit !== null) {
      this.#lines.end();
      return exit;
    }
    if (this.#isTooLarge) return { how: 'flooded' };
    const nowMs = this.clock.monotonicMs();
    if (nowMs >= deadlineMs) return { how: 'timeout' };
    await this.#lookAtCpu(nowMs);
    return this.#stall.isStalled(nowMs) ? { how: 'stalled' } : null;
  }

  /** All processes of the machine are gone through for it: by time, not at each line of output. */
  async #lookAtCpu(nowMs: number): Promise<void> {
    if (nowMs < this.#cpuDueMs) return;
    this.#cpuDueMs = nowMs + this.#lookEveryMs;
    const cpuSeconds = await this.host.cpuSeconds(this.job.identity);
    if (cpuSeconds !== null) this.#stall.sawCpu(nowMs, cpuSeconds);
  }

  get #lookEveryMs(): number {
    return Math.min(this.job.pollMs, this.job.limits.stallMs / 4);
  }

  async #exit(): Promise<JobExit | null> {
    const code = parseExitCode(await this.host.readText(join(this.job.folder, JOB_FILES.exit)));
    return code === null ? null : { how: 'exited', code };
  }

  async #exitOfTheGone(): Promise<JobExit> {
    for (let look = 1; ; look++) {
      const exit = await this.#exit();
      if (exit !== null) return exit;
      if (look === GONE_LOOKS) break;
      await this.clock.sleep(GONE_LOOK_MS);
    }
    return { how: 'vanished', reason: 'its process is gone and left no exit code: killed, or the machine restarted' };
  }

  async #readLog(isEnded: boolean): Promise<void> {
    const { grew, isBehind, isTooLarge } = await this.#log.readOn(isEnded);
    if (grew) this.#stall.sawOutput(this.clock.monotonicMs());
    this.#isBehind = isBehind;
    this.#isTooLarge = isTooLarge;
  }

  /** On the monotonic clock; what passed before we came is taken from the intent's wall time. */
  async #findDeadline(): Promise<number> {
    const nowMs = this.clock.monotonicMs();
    const startedAt = startedAtOf(await this.host.readText(join(this.job.folder, JOB_FILES.intent)));
    const passedMs = startedAt === null ? 0 : Math.max(0, this.clock.now() - startedAt);
    return nowMs + this.job.limits.timeoutMs - passedMs;
  }
}

function startedAtOf(intent: string | null): number | null {
  if (intent === null) return null;
  try {
    const parsed: unknown = JSON.parse(intent);
    if (typeof parsed !== 'object' || parsed === null || !('startedAt' in parsed)) return null;
    return typeof parsed.startedAt === 'number' ? parsed.startedAt : null;
  } catch {
    return null; // not our file any more: the time limit then counts from now
  }
}
