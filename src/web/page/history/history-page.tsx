import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { moment } from '../format.js';
import { texts } from '../texts.js';
import { CasesOverTime, Failures, PlacesOverTime, StepsOverTime } from './history-panels.js';
import { chooseLast, isSpan, past, span } from './history-data.js';

const words = texts.history;
const RANGES = [7, 30, 90, 365];

/** What was, over chosen days. */
export function HistoryPage(): JSX.Element {
  useEffect(
    () =>
      span.subscribe(() => {
        if (isSpan.value) void past.reload();
      }),
    [],
  );
  const now = past.value.value;
  const problem = past.problem.value;
  return (
    <div class="history">
      <h1>{words.title}</h1>
      <SpanChoice />
      {!isSpan.value && (
        <p role="alert" class="problem">
          {words.wrongDays}
        </p>
      )}
      {problem !== null && (
        <p role="alert" class="problem">
          {texts.problem.reading(problem)}
        </p>
      )}
      {now !== null && now.completeFrom !== null && (
        <p class="banner warn" role="status">
          {words.partial(moment(now.completeFrom))}
        </p>
      )}
      {now !== null && (
        <div class="history-panels">
          <CasesOverTime past={now} />
          <StepsOverTime past={now} />
          <PlacesOverTime past={now} />
          <Failures past={now} />
        </div>
      )}
    </div>
  );
}

function SpanChoice(): JSX.Element {
  return (
    <div class="filters">
      <div role="group" aria-label={words.ranges} class="kinds">
        {RANGES.map((days) => (
          <button
            key={days}
            type="button"
            onClick={() => {
              chooseLast(days);
            }}
          >
            {words.lastDays(days)}
          </button>
        ))}
      </div>
      <DayField name="from" />
      <DayField name="to" />
    </div>
  );
}

function DayField({ name }: { readonly name: 'from' | 'to' }): JSX.Element {
  return (
    <label class="inline">
      {words[name]}
      <input
        type="date"
        required
        value={span.value[name]}
        onChange={(event) => {
          span.value = { ...span.value, [name]: event.currentTarget.value };
        }}
      />
    </label>
  );
}
