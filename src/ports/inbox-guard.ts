import type { EpochMs } from '../domain/time.js';

/** The inbox cannot be trusted: what seems to be missing in it may be there again later. */
export interface InboxLoss {
  readonly since: EpochMs;
  /** For logs and metrics: the system's code, or `no-answer`, `not-mounted`, `no-marker`. */
  readonly code: string;
  /** For people; names no folder. */
  readonly because: string;
}

/** What `mqi doctor` tells of the inbox. */
export interface InboxSurvey {
  readonly loss: InboxLoss | null;
  readonly mode: 'events' | 'poll';
  readonly modeBecause: string;
  /** Kind of file system, as the kernel names it; null where it is not told. */
  readonly fileSystem: string | null;
  /** At the top level, without hidden ones. */
  readonly entries: number;
  /** Time to list the top level. */
  readonly listingMs: number;
}

/** Tells an inbox whose share went away from one that is merely empty. */
export interface InboxGuard {
  /**
   * Looks now, never at an answer from before the call; null when the inbox is there. Bounded in time, never rejects.
   * One look at a time, and none while one hangs.
   */
  check(): Promise<InboxLoss | null>;
  /** How much of the time since then the inbox was lost while a service ran, ms; kept over restarts. */
  lostMsSince(since: EpochMs): number;
  /** Moves whenever the inbox was lost or replaced by another mount: two equal values bracket a time of one inbox. */
  readonly generation: number;
  /** Changes nothing on disk. Throws what the system says when the inbox cannot be listed; operator `intake.no-answer`. */
  survey(): Promise<InboxSurvey>;
}
