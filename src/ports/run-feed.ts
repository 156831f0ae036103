import { Token } from 'typedi';
import type { Attempt, Case, Transition } from '../domain/case.js';
import type { CaseState } from '../domain/case-machine.js';
import type { ReceiptStatus } from '../domain/receipt.js';
import type { EpochMs } from '../domain/time.js';

/** A recorded move, with its case as it is now. */
export interface Moved {
  readonly transition: Transition;
  readonly kase: Case;
  /** Treatment machines of its beams, each once. */
  readonly machines: readonly string[];
}

/** An ended attempt, with the run it belongs to. */
export interface EndedAttempt {
  readonly attempt: Attempt;
  readonly kase: Case;
}

/** Objects of one target with one status, and how often they were sent. */
export interface ReceiptCount {
  readonly target: string;
  readonly status: ReceiptStatus;
  readonly objects: number;
  readonly attempts: number;
}

/** The history as it grows, for those who tell of it: read from the last commit, in the way of nobody. */
export interface RunFeed {
  /** Id of the newest transition; 0 where there is none. */
  lastTransition(): Promise<number>;
  /** Those with a greater id, by id. On PostgreSQL one with a smaller id may appear later than one with a greater. */
  transitionsAfter(id: number, limit: number): Promise<readonly Moved[]>;
  /** Attempts that ended at or after this time, by the time they ended. */
  attemptsEnded(since: EpochMs, limit: number): Promise<readonly EndedAttempt[]>;
  /** Those of these ids that there are, as they are now. */
  cases(ids: readonly string[]): Promise<readonly Case[]>;
  /** When the oldest case that is not held was taken, for each active state that has one. */
  oldestActive(): Promise<readonly { readonly state: CaseState; readonly takenAt: EpochMs }[]>;
  /** Over all cases. */
  receiptCounts(): Promise<readonly ReceiptCount[]>;
  /** Active cases, held ones left out, of which nothing has changed since. */
  unmoved(since: EpochMs, limit: number): Promise<readonly Omit<Moved, 'transition'>[]>;
}
export const RunFeed = new Token<RunFeed>('RunFeed');
