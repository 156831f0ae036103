import type { JSX } from 'preact';
import { texts } from '../texts.js';
import { caseWindow } from './case-list.js';
import { change, filter, isFiltered, KINDS, NO_FILTER, type Kind } from './case-filter.js';
import { overview } from './overview-data.js';

const words = texts.overview;

/** What narrows the list: kind with its count, text, room and days. */
export function FilterBar(): JSX.Element {
  const total = caseWindow.value.value?.total;
  return (
    <div class="filters">
      <div role="group" aria-label={words.show} class="kinds">
        {KINDS.map((kind) => (
          <KindButton key={kind} kind={kind} />
        ))}
      </div>
      <input
        type="search"
        id="search"
        aria-label={words.search}
        placeholder={words.searchHint}
        maxLength={200}
        value={filter.value.search}
        onInput={(event) => {
          change({ search: event.currentTarget.value });
        }}
      />
      <MachineChoice />
      <DayField name="from" />
      <DayField name="to" />
      {isFiltered.value && (
        <button
          type="button"
          class="plain"
          onClick={() => {
            filter.value = NO_FILTER;
          }}
        >
          {words.clear}
        </button>
      )}
      <span class="fine found" role="status">
        {total === undefined ? '' : words.found(total)}
      </span>
    </div>
  );
}

function KindButton({ kind }: { readonly kind: Kind }): JSX.Element {
  const count = countOf(kind);
  return (
    <button
      type="button"
      data-kind={kind}
      aria-pressed={filter.value.kind === kind}
      onClick={() => {
        change({ kind });
      }}
    >
      {words.kinds[kind]}
      {count !== null && <span class="count">{count.toLocaleString('en')}</span>}
    </button>
  );
}

function countOf(kind: Kind): number | null {
  const now = overview.value.value;
  if (now === null || kind === 'all') return null;
  const { byState, held, waiting } = now;
  switch (kind) {
    case 'active':
      return byState.registered + byState.validated + byState.interpreted + byState.simulated + byState.assembled;
    case 'waiting':
      return waiting;
    case 'held':
      return held;
    case 'failed':
      return byState.failed + byState.rejected;
    case 'completed':
      return byState.completed;
    case 'cancelled':
      return byState.cancelled;
  }
}

function MachineChoice(): JSX.Element | null {
  const machines = overview.value.value?.machines ?? [];
  if (machines.length === 0) return null;
  return (
    <label class="inline">
      {words.machine}
      <select
        value={filter.value.machine}
        onChange={(event) => {
          change({ machine: event.currentTarget.value });
        }}
      >
        <option value="">{words.anyMachine}</option>
        {machines.map((machine) => (
          <option key={machine} value={machine}>
            {machine}
          </option>
        ))}
      </select>
    </label>
  );
}

function DayField({ name }: { readonly name: 'from' | 'to' }): JSX.Element {
  return (
    <label class="inline">
      {words[name]}
      <input
        type="date"
        value={filter.value[name]}
        onChange={(event) => {
          change({ [name]: event.currentTarget.value });
        }}
      />
    </label>
  );
}
