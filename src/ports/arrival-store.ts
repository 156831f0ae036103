import { Token } from 'typedi';
import type { InboxArrival } from '../domain/arrival.js';

/** Folders on their way in, as the watcher last saw them: written by the service alone, read by whoever shows them. */
export interface ArrivalStore {
  /** Puts these in place of all that were there, in one write. */
  replace(arrivals: readonly InboxArrival[]): Promise<void>;
}
export const ArrivalStore = new Token<ArrivalStore>('ArrivalStore');
