import { Token } from 'typedi';

/** Wakes the workflow manager: something may be due. What to do is always read from the database. */
export interface Nudge {
  nudge(): void;
}
export const Nudge = new Token<Nudge>('Nudge');
