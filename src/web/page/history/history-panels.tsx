import type { ComponentChildren, JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { HistoryView } from '../../../workflow/history-view.js';
import { DayPlot, type DaySeries } from '../elements/day-plot.js';
import { PlainTable } from '../elements/plain-table.js';
import { duration } from '../format.js';
import { texts } from '../texts.js';
import { outcome } from '../actions/order.js';
import { wordsOf } from '../api.js';
import { daysOf, download, type TableName } from './history-data.js';
import { caseSeries, placeSeries, placeTotals, stepSeries, stepTotals } from './history-sums.js';

const words = texts.history;

interface OfPast {
  readonly past: HistoryView;
}

interface Titled {
  readonly title: string;
  readonly table: TableName;
  readonly children: ComponentChildren;
}

function HistoryPanel({ title, table, children }: Titled): JSX.Element {
  const save = (): void => {
    download(table).catch((thrown: unknown) => {
      outcome.value = { words: '', problems: [wordsOf(thrown)] };
    });
  };
  return (
    <section class="card panel" aria-label={title} data-panel={table}>
      <h2>
        {title}
        <button type="button" class="plain" aria-label={words.downloadOf(title)} onClick={save}>
          {words.download}
        </button>
      </h2>
      {children}
    </section>
  );
}

/** The plot's days and lines, made anew only with a new answer: the plot is drawn anew when they change. */
function usePlot(past: HistoryView, make: (past: HistoryView, days: readonly string[]) => readonly DaySeries[]): Plot {
  return useMemo(() => {
    const days = daysOf(past);
    return { days, series: make(past, days) };
  }, [past]);
}
interface Plot {
  readonly days: readonly string[];
  readonly series: readonly DaySeries[];
}

export function CasesOverTime({ past }: OfPast): JSX.Element {
  const plot = usePlot(past, caseSeries);
  const count = (...states: readonly string[]): number =>
    past.cases
      .filter(({ state }) => states.length === 0 || states.includes(state))
      .reduce((sum, { cases }) => sum + cases, 0);
  const summary = words.cases.summary(count(), count('completed'), count('failed', 'rejected'));
  return (
    <HistoryPanel title={words.cases.title} table="cases">
      <p class="fine">{summary}</p>
      <DayPlot label={`${words.cases.title}: ${summary}`} kind="bars" {...plot} />
    </HistoryPanel>
  );
}

export function StepsOverTime({ past }: OfPast): JSX.Element {
  const plot = usePlot(past, stepSeries);
  const { columns, names } = words.steps;
  const name: Readonly<Record<string, string>> = names;
  return (
    <HistoryPanel title={words.steps.title} table="steps">
      <DayPlot label={words.steps.title} kind="lines" unit={words.steps.unit} {...plot} />
      <PlainTable
        label={words.steps.title}
        columns={[
          { title: columns.step, cell: ({ step }) => name[step] ?? step },
          { title: columns.done, cell: ({ done }) => done, isFigure: true },
          { title: columns.mean, cell: ({ meanSeconds }) => duration(meanSeconds * 1000), isFigure: true },
          { title: columns.longest, cell: ({ longestSeconds }) => duration(longestSeconds * 1000), isFigure: true },
        ]}
        rows={stepTotals(past)}
        nothing={words.nothing}
      />
    </HistoryPanel>
  );
}

export function PlacesOverTime({ past }: OfPast): JSX.Element {
  const plot = usePlot(past, placeSeries);
  const { columns } = words.places;
  return (
    <HistoryPanel title={words.places.title} table="places">
      <DayPlot label={words.places.title} kind="lines" unit={words.places.unit} {...plot} />
      <PlainTable
        label={words.places.title}
        columns={[
          { title: columns.place, cell: ({ place }) => place },
          { title: columns.beams, cell: ({ beams }) => beams, isFigure: true },
          { title: columns.busy, cell: ({ busySeconds }) => duration(busySeconds * 1000), isFigure: true },
        ]}
        rows={placeTotals(past)}
        nothing={words.nothing}
      />
    </HistoryPanel>
  );
}

export function Failures({ past }: OfPast): JSX.Element {
  const { columns } = words.failures;
  return (
    <HistoryPanel title={words.failures.title} table="failures">
      <PlainTable
        label={words.failures.title}
        columns={[
          { title: columns.code, cell: ({ code }) => <code>{code}</code> },
          { title: columns.tries, cell: ({ tries }) => tries, isFigure: true },
          { title: columns.cases, cell: ({ cases }) => cases, isFigure: true },
        ]}
        rows={past.failures}
        nothing={words.nothing}
      />
    </HistoryPanel>
  );
}
