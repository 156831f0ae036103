import type { HistoryView } from '../../../workflow/history-view.js';
import type { DaySeries } from '../elements/day-plot.js';
import { texts } from '../texts.js';

/* What the plots and tables of the history show, worked out from the rows of the answer. */

const words = texts.history;
const SECONDS_A_DAY = 86_400;
const HUES = ['accent', 'good', 'warn', 'bad', 'soft', 'ink'] as const;
const ENDED: readonly string[] = ['completed', 'failed', 'rejected', 'cancelled'];

const hue = (i: number): DaySeries['colour'] => HUES[i % HUES.length] ?? 'accent';

/** Cases that came on each day, by how they ended. */
export function caseSeries({ cases }: HistoryView, days: readonly string[]): readonly DaySeries[] {
  const { completed, active, cancelled, rejected, failed } = words.cases.ended;
  const sum = (day: string, isIt: (state: string) => boolean): number =>
    cases.filter((row) => row.day === day && isIt(row.state)).reduce((all, row) => all + row.cases, 0);
  const line = (name: string, colour: DaySeries['colour'], isIt: (state: string) => boolean): DaySeries => ({
    name,
    colour,
    values: days.map((day) => sum(day, isIt)),
  });
  return [
    line(completed, 'good', (state) => state === 'completed'),
    line(active, 'accent', (state) => !ENDED.includes(state)),
    line(cancelled, 'soft', (state) => state === 'cancelled'),
    line(rejected, 'warn', (state) => state === 'rejected'),
    line(failed, 'bad', (state) => state === 'failed'),
  ];
}

/** Mean seconds of each step on each day. */
export function stepSeries({ steps }: HistoryView, days: readonly string[]): readonly DaySeries[] {
  return Object.entries(words.steps.names).map(([step, name], i) => {
    const byDay = new Map(steps.filter((row) => row.step === step).map((row) => [row.day, row.meanSeconds]));
    return { name, colour: hue(i), values: days.map((day) => byDay.get(day) ?? null) };
  });
}

/** How much of each day each place was at work, in percent. */
export function placeSeries({ places }: HistoryView, days: readonly string[]): readonly DaySeries[] {
  return distinct(places.map(({ place }) => place)).map((place, i) => {
    const byDay = new Map(places.filter((row) => row.place === place).map((row) => [row.day, row.busySeconds]));
    return {
      name: place,
      colour: hue(i),
      values: days.map((day) => ((byDay.get(day) ?? 0) / SECONDS_A_DAY) * 100),
    };
  });
}

interface StepTotal {
  readonly step: string;
  readonly done: number;
  readonly meanSeconds: number;
  readonly longestSeconds: number;
}

export function stepTotals({ steps }: HistoryView): readonly StepTotal[] {
  return distinct(Object.keys(words.steps.names)).flatMap((step) => {
    const rows = steps.filter((row) => row.step === step);
    if (rows.length === 0) return [];
    const done = sumOf(rows.map((row) => row.done));
    return {
      step,
      done,
      meanSeconds: sumOf(rows.map((row) => row.meanSeconds * row.done)) / done,
      longestSeconds: Math.max(...rows.map((row) => row.longestSeconds)),
    };
  });
}

interface PlaceTotal {
  readonly place: string;
  readonly beams: number;
  readonly busySeconds: number;
}

export function placeTotals({ places }: HistoryView): readonly PlaceTotal[] {
  return distinct(places.map(({ place }) => place)).map((place) => {
    const rows = places.filter((row) => row.place === place);
    return {
      place,
      beams: sumOf(rows.map(({ beams }) => beams)),
      busySeconds: sumOf(rows.map(({ busySeconds }) => busySeconds)),
    };
  });
}

const distinct = (names: readonly string[]): readonly string[] => [...new Set(names)];
const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
