import type { CaseHistory, HistoryRows, HistorySpan } from '../ports/case-history.js';
import type { EpochMs } from '../domain/time.js';

/** What was, day by day: `GET /api/history`. Days are `YYYY-MM-DD` in the zone that was asked for. */
export interface HistoryView {
  readonly from: string;
  /** The last day. */
  readonly to: string;
  /** Cases that came on the day, by the state they have now. */
  readonly cases: readonly { readonly day: string; readonly state: string; readonly cases: number }[];
  /** Tries of a step that were done. */
  readonly steps: readonly {
    readonly day: string;
    readonly step: string;
    readonly done: number;
    readonly meanSeconds: number;
    readonly longestSeconds: number;
  }[];
  readonly places: readonly {
    readonly day: string;
    readonly place: string;
    readonly beams: number;
    readonly busySeconds: number;
  }[];
  readonly failures: HistoryRows['failures'];
  /** Where there were too many tries to look at: steps and failures tell of those from then on only (ISO 8601 UTC). */
  readonly completeFrom: string | null;
}

const DAY_MS = 86_400_000;

/** Days of local time, both included. */
export interface HistoryDays {
  readonly from: string;
  readonly to: string;
  /** As of `Date.getTimezoneOffset`: minutes that UTC is ahead of local time. */
  readonly offsetMinutes: number;
}

export async function historyOf(history: CaseHistory, days: HistoryDays): Promise<HistoryView> {
  const { cases, steps, places, failures, completeFrom } = await history.of(spanOf(days));
  return {
    from: days.from,
    to: days.to,
    cases: cases.map(({ day, state, cases: count }) => ({ day: dayName(day), state, cases: count })),
    steps: steps.map(({ day, step, done, totalMs, longestMs }) => ({
      day: dayName(day),
      step,
      done,
      meanSeconds: seconds(totalMs / done),
      longestSeconds: seconds(longestMs),
    })),
    places: places.map(({ day, resourceId, beams, busyMs }) => ({
      day: dayName(day),
      place: resourceId,
      beams,
      busySeconds: seconds(busyMs),
    })),
    failures,
    completeFrom: completeFrom === null ? null : new Date(completeFrom).toISOString(),
  };
}

function spanOf({ from, to, offsetMinutes }: HistoryDays): HistorySpan {
  const offsetMs = -offsetMinutes * 60_000;
  const midnight = (day: string): EpochMs => Date.parse(`${day}T00:00:00Z`) - offsetMs;
  return { from: midnight(from), to: midnight(to) + DAY_MS, offsetMs };
}

const dayName = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** To a tenth. */
const seconds = (ms: number): number => Math.round(ms / 100) / 10;
