import { Token } from 'typedi';

/** Wakes the workflow manager: something may be due. What to do is always read from the database. */
export interface Nudge {
  /** `movedCaseId`: a case that was written by somebody else than its step, which must hear of it if it runs here. */
  nudge(movedCaseId?: string): void;
}
export const Nudge = new Token<Nudge>('Nudge');
