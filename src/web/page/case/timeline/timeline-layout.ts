import type { StepName } from '../../../../domain/case-machine.js';
import type { Timeline, TimelineAttempt } from '../../../../workflow/timeline-view.js';

/** A bar of the picture: shares of its width. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly attempt: TimelineAttempt;
}

export interface Row {
  readonly step: StepName;
  readonly beamNumber: number | null;
  readonly bars: readonly Bar[];
}

export interface Layout {
  readonly rows: readonly Row[];
  /** Times with a line, with their share of the width. */
  readonly ticks: readonly { readonly at: number; readonly ms: number }[];
  readonly marks: readonly { readonly at: number; readonly mark: Timeline['marks'][number] }[];
  readonly startMs: number;
  readonly endMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS_MS = [
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  30 * DAY,
];
/** What operators order is marked; the moves of the service are what the bars show. */
const MARKED = ['hold', 'resume', 'retry', 'cancel', 'priority', 'change'];

/** From the case's beginning to its end, or to now. What still runs reaches to now. */
export function timelineLayout(timeline: Timeline, mostTicks: number): Layout {
  const startMs = Date.parse(timeline.startedAt);
  const lasts = timeline.lanes.flatMap(({ attempts }) =>
    attempts.map(({ finishedAt }) => Date.parse(finishedAt ?? timeline.now)),
  );
  const ended = timeline.finishedAt ?? timeline.now;
  const endMs = Math.max(startMs + SECOND, Date.parse(ended), ...lasts);
  const share = (ms: number): number => (ms - startMs) / (endMs - startMs);
  return {
    rows: timeline.lanes.map(({ step, beamNumber, attempts }) => ({
      step,
      beamNumber,
      bars: attempts.map((attempt) => ({
        from: share(Date.parse(attempt.startedAt)),
        to: share(Date.parse(attempt.finishedAt ?? timeline.now)),
        attempt,
      })),
    })),
    ticks: ticksBetween(startMs, endMs, mostTicks).map((ms) => ({ ms, at: share(ms) })),
    marks: timeline.marks
      .filter(({ event }) => MARKED.includes(event))
      .map((mark) => ({ mark, at: Math.min(1, share(Date.parse(mark.at))) })),
    startMs,
    endMs,
  };
}

/** At whole steps of the clock, so that the times read well; whole days are those of UTC. */
function ticksBetween(startMs: number, endMs: number, most: number): readonly number[] {
  const step = STEPS_MS.find((ms) => (endMs - startMs) / ms <= most) ?? 90 * DAY;
  const first = Math.ceil(startMs / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((endMs - first) / step) + 1) }, (_, i) => first + i * step);
}
