import { Token } from 'typedi';
import type { CaseState, StepName } from '../domain/case-machine.js';
import type { EpochMs } from '../domain/time.js';

/** A stretch of time, cut into days. */
export interface HistorySpan {
  readonly from: EpochMs;
  /** Not part of it. */
  readonly to: EpochMs;
  /** What local time is ahead of UTC, so that days begin at local midnight. */
  readonly offsetMs: number;
}

/** Days are numbered from 1970-01-01 in local time. */
export interface CasesOfDay {
  readonly day: number;
  /** As it is now, of cases that came on that day. */
  readonly state: CaseState;
  readonly cases: number;
}

export interface StepOfDay {
  readonly day: number;
  readonly step: StepName;
  /** Tries that were done on that day. */
  readonly done: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

export interface PlaceOfDay {
  readonly day: number;
  /** Of the GPU or CPU place. */
  readonly resourceId: string;
  /** Beams that got their dose on it. */
  readonly beams: number;
  readonly busyMs: number;
}

export interface FailuresByCode {
  readonly code: string;
  /** Tries that ended with it. */
  readonly tries: number;
  readonly cases: number;
}

export interface HistoryRows {
  readonly cases: readonly CasesOfDay[];
  readonly steps: readonly StepOfDay[];
  readonly places: readonly PlaceOfDay[];
  /** The most frequent first. */
  readonly failures: readonly FailuresByCode[];
  /** Set where there were too many tries to look at: steps and failures tell of those from then on only. */
  readonly completeFrom: EpochMs | null;
}

/** What was, counted in the database; the work is bounded whatever is asked for. */
export interface CaseHistory {
  of(span: HistorySpan): Promise<HistoryRows>;
}
export const CaseHistory = new Token<CaseHistory>('CaseHistory');
