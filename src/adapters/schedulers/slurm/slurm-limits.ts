import { join } from 'node:path';
import type { CaseError } from '../../../domain/errors.js';
import type { Clock } from '../../../ports/clock.js';
import type { Host } from '../../../ports/host.js';
import type { JobLimits } from '../../../ports/scheduler.js';
import { StallWatch } from '../stall-watch.js';
import { tooLong } from './slurm-fate.js';
import type { SlurmRecord } from './slurm-records.js';
import { beatSeconds, parseClaim, SLURM_FILES } from './slurm-wrapper.js';

const BEAT_EVERY_MS = 5_000;

export interface LimitedJob {
  readonly folder: string;
  readonly limits: JobLimits;
  /** A job that Slurm has forgotten and that does not beat for so long is gone. */
  readonly silentMs: number;
}

/** The limits of one job from when it really began, not from when it was submitted, and whether it still lives. */
export class SlurmLimits {
  /** Null until it is seen to run, and again while it is suspended. */
  #stall: StallWatch | null = null;
  #deadlineMs = Infinity;
  #beat: { readonly text: string; readonly changedMs: number; readonly dueMs: number };
  #suspendedMs = 0;
  #suspendedAtMs: number | null = null;

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly job: LimitedJob,
  ) {
    this.#beat = { text: '', changedMs: clock.monotonicMs(), dueMs: 0 };
  }

  sawOutput(): void {
    this.#stall?.sawOutput(this.clock.monotonicMs());
  }

  /** It is suspended, at each look: it does nothing and cannot, and that counts for no limit (nor does it for Slurm's). */
  suspended(): void {
    const nowMs = this.clock.monotonicMs();
    this.#suspendedMs += nowMs - (this.#suspendedAtMs ?? nowMs);
    this.#suspendedAtMs = nowMs;
    this.#stall = null;
    this.#beat = { ...this.#beat, changedMs: nowMs };
  }

  /** Which limit it has broken. @param record null: Slurm does not answer, or has forgotten it */
  async broken(claim: string, record: SlurmRecord | null): Promise<CaseError | 'stalled' | null> {
    const nowMs = this.clock.monotonicMs();
    const { timeoutMs, stallMs } = this.job.limits;
    this.#suspendedAtMs = null;
    if (this.#stall === null) {
      this.#stall = new StallWatch(stallMs, nowMs);
      this.#deadlineMs = nowMs + timeoutMs - this.#ranMs(claim, record);
    }
    if (nowMs >= this.#deadlineMs) return tooLong(`${String(Math.round(timeoutMs / 60_000))} min`);
    await this.#lookAtBeat();
    return this.#stall.isStalled(nowMs) ? 'stalled' : null;
  }

  /**
   * Slurm counts also the time in which the node was made ready, but not that in which the job was suspended, of which we may
   * not know (a restart): the shorter of both is true.
   */
  #ranMs(claim: string, record: SlurmRecord | null): number {
    const claimedMs = (parseClaim(claim)?.startedAtS ?? this.clock.now() / 1000) * 1000;
    const sinceClaimMs = this.clock.now() - claimedMs - this.#suspendedMs;
    return Math.max(0, Math.min(sinceClaimMs, record === null ? Infinity : record.elapsedS * 1000));
  }

  async isSilent(): Promise<boolean> {
    await this.#lookAtBeat();
    return this.clock.monotonicMs() - this.#beat.changedMs > this.job.silentMs;
  }

  async #lookAtBeat(): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    if (nowMs < this.#beat.dueMs) return;
    const text = (await this.host.readText(join(this.job.folder, SLURM_FILES.beat))) ?? '';
    const { changedMs } = this.#beat;
    this.#beat = { text, changedMs: text === this.#beat.text ? changedMs : nowMs, dueMs: nowMs + BEAT_EVERY_MS };
    const cpuSeconds = beatSeconds(text);
    if (cpuSeconds !== null) this.#stall?.sawCpu(nowMs, cpuSeconds);
  }
}
