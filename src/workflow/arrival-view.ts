import { arrivalWords, type InboxArrival } from '../domain/arrival.js';
import type { EpochMs } from '../domain/time.js';

/** A folder that is still being copied: `arriving` of `mqi cases --json` and of `GET /api/cases`. */
export interface ArrivalView {
  /** Name of the inbox; '' for the first one. */
  readonly inbox: string;
  /** Relative to the inbox. */
  readonly folder: string;
  /** Words for people. */
  readonly status: string;
  readonly files: number;
  readonly bytes: number;
  /** ISO 8601 UTC. */
  readonly lastChangeAt: string;
}

/** Beside `cases` in an answer: left out while nothing arrives, so that the answer is what it always was. */
export const onlyIfAny = (arriving: readonly ArrivalView[]): { readonly arriving?: readonly ArrivalView[] } =>
  arriving.length === 0 ? {} : { arriving };

export function arrivalView(arrival: InboxArrival, now: EpochMs): ArrivalView {
  const { inbox, folder, files, bytes, lastChangeAt } = arrival;
  const status = arrivalWords(arrival, now);
  return { inbox, folder, status, files, bytes, lastChangeAt: new Date(lastChangeAt).toISOString() };
}
