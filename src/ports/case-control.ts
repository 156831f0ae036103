import { Token } from 'typedi';
import type { Case } from '../domain/case.js';
import type { StepName } from '../domain/case-machine.js';

export interface RetryRequest {
  /** Redo just this beam and what depends on it. */
  readonly beamNumber?: number;
  /** Redo from this step. */
  readonly from?: StepName;
  /** Goes into the history. */
  readonly reason?: string;
}

/**
 * What operators do to cases, with the service up or down. Ids are full case ids. Each throws CaseError `case.not-found`,
 * or `case.refused` when the state does not allow it (operator severity). A writer that comes between is no refusal: the
 * case is looked at again; what is overtaken again and again ends with transient `case.lost-race`. `actor` goes into the
 * history.
 */
export interface CaseControl {
  /**
   * Failed, rejected, cancelled or held cases, and those waiting to retry: counters reset, finished beams kept. A completed one
   * becomes a new run, if it is said from which step or for which beam.
   */
  retry(id: string, request: RetryRequest, actor: string): Promise<Case>;
  hold(id: string, reason: string, actor: string): Promise<Case>;
  resume(id: string, actor: string): Promise<Case>;
  /** Ends the case and its jobs; resolves when their process groups are gone. `reason` goes into the history. */
  cancel(id: string, actor: string, reason?: string): Promise<Case>;
  setPriority(id: string, priority: number, actor: string): Promise<Case>;
  /** Registers a folder (absolute, or relative to the inbox; inside the inbox) at once. */
  submit(folder: string, actor: string): Promise<Case>;
}
export const CaseControl = new Token<CaseControl>('CaseControl');
