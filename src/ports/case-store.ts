import { Token } from 'typedi';
import type { CaseFolder } from '../domain/case-folder.js';
import type { Attempt, AttemptOutcome, Case, Transition } from '../domain/case.js';
import type { Beam, ValidatedBeam } from '../domain/beam.js';
import type { BeamMove } from './beam-store.js';
import type { StepName } from '../domain/case-machine.js';
import type { Failure } from '../domain/errors.js';
import type { EpochMs } from '../domain/time.js';

export interface NewCase {
  readonly id: string;
  readonly inbox: string;
  readonly folder: string;
  /** The spelling this folder had before, where it was renamed in spelling only: its runs get the new one. */
  readonly formerly?: string;
  readonly fingerprint: string;
  readonly priority: number;
  readonly at: EpochMs;
  readonly actor: string;
  /** True: a further run even though the content is the newest run's (an operator asked for a rerun). */
  readonly rerun?: boolean;
  /** Why the rerun was asked for; goes into the history. */
  readonly reason?: string;
}

export interface Registration {
  readonly kase: Case;
  /** False when the newest run of this folder already has this fingerprint. */
  readonly created: boolean;
  /** True when the newest run still waited for data and has taken up the changed content. */
  readonly changed: boolean;
  /** True when runs of the folder took its new spelling. */
  readonly respelled: boolean;
}

/** A case whose step this service now holds: its lease and its open attempt row. */
export interface Claim {
  readonly kase: Case;
  readonly step: StepName;
  readonly attemptId: number;
}

export interface DueRequest {
  readonly owner: string;
  readonly now: EpochMs;
  /** Nothing is put off for longer: a due time further ahead was written before the clock was set back, and is due. */
  readonly longestDelayMs?: number;
}

export interface ClaimRequest extends DueRequest {
  readonly leaseMs: number;
  /** Only cases whose next step is one of these. */
  readonly steps: readonly StepName[];
  readonly limit: number;
}

/** The columns a commit may change. */
export type CaseChange = Partial<
  Omit<Case, 'id' | 'inbox' | 'folder' | 'folderKey' | 'run' | 'version' | 'machine' | 'createdAt' | 'updatedAt'>
>;

/** One atomic write: all of it or nothing. */
export interface CaseCommit {
  readonly change: CaseChange;
  readonly at: EpochMs;
  readonly transition?: Pick<Transition, 'event' | 'to' | 'reason' | 'actor'>;
  /** Closes the open attempt of the step; of attempts that ended `waiting`, only a step's last is kept. */
  readonly attempt?: { readonly id: number; readonly outcome: AttemptOutcome; readonly error: Failure | null };
  /**
   * The beams found by validation: replaces the case's beams (`pending`, or `converted` where an earlier run has made the
   * dose); attempt numbers go on.
   */
  readonly beams?: readonly ValidatedBeam[];
  /** Beams moved with the case, each guarded as by BeamStore.move: if one loses its race (`beam.lost-race`), all do. */
  readonly moves?: readonly { readonly beam: Beam; readonly move: BeamMove }[];
}

/**
 * Cases, their transitions and their step attempts. Several processes may write (service, command line): every change
 * is guarded by the version, so of two writers one wins and the other gets transient `case.lost-race`.
 */
export interface CaseStore {
  /**
   * Idempotent on inbox + folder + fingerprint of the folder's newest run. Changed content is taken up by that run if it is
   * `registered` and waits for data (the step that may be looking at the former content loses its lease); otherwise the
   * next run is inserted as `registered`. With `formerly` all runs of that spelling are this folder's, in the same write;
   * a step of theirs that may be reading the folder loses its lease.
   */
  register(request: NewCase): Promise<Registration>;
  get(id: string): Promise<Case | null>;
  /** Runs of a folder, newest first. */
  runsOf(where: CaseFolder): Promise<readonly Case[]>;
  /** The newest run of each folder of the inbox whose name has this key (domain/case-folder.ts), whatever its spelling. */
  spelledLike(inbox: string, key: string): Promise<readonly Case[]>;
  /**
   * Up to `limit` cases of this plan, of every folder, that are under way or completed: those that repeat no other first,
   * each kind oldest first.
   */
  withPlan(planSopInstanceUid: string, limit: number): Promise<readonly Case[]>;
  /**
   * Takes up to `limit` due cases, highest priority first, then oldest: active, not held, due, lease free, or expired
   * and not `owner`'s (a clock that jumps ahead must not make a service claim what it is running itself). Sets the lease and opens the attempt row in one transaction. An expired lease's open attempt is closed as `lost`.
   */
  claimDue(request: ClaimRequest): Promise<readonly Claim[]>;
  /** The steps for which `claimDue` would find a case now. Takes nothing, and waits for no writer. */
  dueSteps(request: DueRequest): Promise<readonly StepName[]>;
  /** Extends every lease of `owner`; the number of rows. */
  renewLeases(owner: string, until: EpochMs): Promise<number>;
  /** The active cases that `owner` holds a lease of. */
  leasedBy(owner: string): Promise<readonly Case[]>;
  /**
   * Frees all leases not held by `owner`, closes their attempts as `lost`, and counts or holds those that may have been
   * the reason (domain/crash-loop.ts). Only for the process that holds the instance lock: then no other service can be
   * alive. The number of cases freed.
   */
  releaseOrphans(owner: string, at: EpochMs): Promise<number>;
  /** Applies the commit if `kase.version` is still current and returns the new row; else throws `case.lost-race`. */
  commit(kase: Case, commit: CaseCommit): Promise<Case>;
  /** Raises the progress (never lowers it); no version change, no history. */
  noteProgress(id: string, percent: number, at: EpochMs): Promise<void>;
  /** Earliest `notBefore` or lease expiry that a claim is waiting for; null when nothing is due later. */
  nextDueAt(now: EpochMs): Promise<EpochMs | null>;
  /** Cases in an active state, held ones included. */
  countActive(): Promise<number>;
  attemptsOf(caseId: string): Promise<readonly Attempt[]>;
  transitionsOf(caseId: string): Promise<readonly Transition[]>;
}
export const CaseStore = new Token<CaseStore>('CaseStore');
