import type { ActiveState, CaseEvent, CaseState, StepName } from './case-machine.js';
import type { Failure } from './errors.js';
import type { EpochMs } from './time.js';

/**
 * One run of one dropped folder, as its row stands in the database. A folder whose content changed, or for which a
 * rerun was asked after delivery, gets a further row with the next `run` and an id of its own.
 */
export interface Case {
  readonly id: string;
  /** Name of the inbox it came by; '' for the first one. */
  readonly inbox: string;
  /** Path of the folder below the inbox, with `/` between segments, spelled as listed. May carry patient data: never logged. */
  readonly folder: string;
  /** One for all spellings of the folder's name (domain/case-folder.ts). */
  readonly folderKey: string;
  /** Digest of (path, size, mtime) of every file in the folder when it was taken. */
  readonly fingerprint: string;
  readonly run: number;
  readonly state: CaseState;
  /** Counts writes; the writer that still sees the present version wins. */
  readonly version: number;
  /** Higher goes first; equal priorities by age. */
  readonly priority: number;
  readonly planLabel: string | null;
  readonly planSopInstanceUid: string | null;
  /** Treatment machine of its beams (the first one's, where they differ); null until they are known. */
  readonly machine: string | null;
  /** The earlier case, of another folder, that has the same plan; null when none had it when this one was accepted. */
  readonly duplicateOf: string | null;
  /** Digest of what the doses are calculated from (domain/calculation-key.ts); null until accepted, or where not to be told. */
  readonly calculationKey: string | null;
  /** The earlier run of this folder whose doses stand for this one's too; null where this run calculates its own. */
  readonly resultsOf: string | null;
  readonly beamCount: number;
  /** 0-100, never falls within a run. */
  readonly progress: number;
  /** What is missing, in words, while a step waits for data; null when nothing is. */
  readonly waitingFor: string | null;
  /** Why nothing new starts until a person acts; null when not held. */
  readonly heldBecause: string | null;
  /** Failed attempts of the present step; 0 after an advance or an operator's retry. */
  readonly attempt: number;
  /** Points for starts of the present step that ended with the service itself (crash-loop.ts); three such starts hold the case. */
  readonly crashes: number;
  /** Not to be claimed before this time: waiting to retry, or to look again. */
  readonly notBefore: EpochMs | null;
  /** The service instance that runs the present step. */
  readonly leaseOwner: string | null;
  readonly leasedUntil: EpochMs | null;
  /** The active state a failed, rejected or cancelled case had; where a plain retry puts it back to. */
  readonly endedFrom: ActiveState | null;
  readonly error: Failure | null;
  readonly createdAt: EpochMs;
  /** When the present content was taken: later than `createdAt` where the content of a waiting case changed. */
  readonly takenAt: EpochMs;
  readonly updatedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
}

const RERUN_ASKED = 'a rerun was asked for';

/** Reason of the `register` line of a run that an operator asked for: it is calculated whatever earlier runs have done. */
export const rerunReason = (why?: string): string => (why === undefined ? RERUN_ASKED : `${RERUN_ASKED}: ${why}`);

/** True for the `register` line of a run that an operator asked for. */
export const isRerun = ({ event, reason }: Pick<Transition, 'event' | 'reason'>): boolean =>
  event === 'register' && reason?.startsWith(RERUN_ASKED) === true;

/** A recorded move of a case. `actor` is `service` or who asked for it (`cli:NAME`, `web:NAME`, `control-file`). */
export interface Transition {
  readonly id: number;
  readonly caseId: string;
  readonly event: CaseEvent | 'register' | 'change' | 'hold' | 'resume' | 'priority' | 'deliver';
  readonly from: CaseState | null;
  readonly to: CaseState;
  readonly reason: string | null;
  readonly actor: string;
  readonly at: EpochMs;
}

/** One try of a step (table `workflow_steps`); of one beam within `simulate` where `beamNumber` is set. */
export interface Attempt {
  readonly id: number;
  readonly caseId: string;
  readonly step: StepName;
  readonly beamNumber: number | null;
  readonly attempt: number;
  readonly owner: string;
  readonly startedAt: EpochMs;
  readonly finishedAt: EpochMs | null;
  /** null while it runs, and for ever if the service died with it and nobody closed it yet. */
  readonly outcome: AttemptOutcome | null;
  readonly error: Failure | null;
  /** Where the job of a beam's attempt ran; null before it was submitted, of steps, and of rows of earlier versions. */
  readonly host: string | null;
  /** The place there, as `Resource.id`. */
  readonly resourceId: string | null;
}

/** `stopped`: let go at an orderly stop of the service; `lost`: the service died with it. */
export const ATTEMPT_OUTCOMES = [
  'done',
  'waiting',
  'retried',
  'rejected',
  'failed',
  'held',
  'cancelled',
  'stopped',
  'lost',
] as const;
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];
