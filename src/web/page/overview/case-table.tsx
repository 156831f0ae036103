import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { texts } from '../texts.js';
import { CaseRow } from './case-row.js';
import { askedFor, isFiltered, order, sortBy, type SortKey } from './case-filter.js';
import { caseWindow, isRead, selectFound, selection, sight } from './case-list.js';
import { mayAct, seesPatients } from '../session.js';

const words = texts.overview;
/** As in overview.css. */
const WIDE_ROW_PX = 46;
const NARROW_ROW_PX = 116;
const NARROW = matchMedia('(max-width: 760px)');

/** A window on the list: it scrolls as if all were there, and draws what is in sight. */
export function CaseTable(): JSX.Element {
  const scroller = useRef<HTMLDivElement>(null);
  const isNarrow = useNarrow();
  const rowPx = isNarrow ? NARROW_ROW_PX : WIDE_ROW_PX;
  useSight(scroller, rowPx);
  const now = caseWindow.value.value;
  const total = now?.total ?? 0;
  const [from, to] = sight.value;
  const first = now === null ? 0 : Math.max(now.first, from - 5);
  const rows = now === null ? [] : now.cases.slice(first - now.first, Math.max(0, to + 6 - now.first));
  return (
    <div class="card list" ref={scroller} tabIndex={0} role="region" aria-label={words.title}>
      <div role="table" aria-label={words.title} aria-rowcount={total + 1}>
        <Head />
        <div role="rowgroup" class="rows" style={{ height: `${String(total * rowPx)}px` }}>
          <div role="presentation" style={{ transform: `translateY(${String(first * rowPx)}px)` }}>
            {rows.map((kase, i) => (
              <CaseRow key={kase.id} kase={kase} index={first + i} beams={now?.beams[kase.id] ?? []} />
            ))}
          </div>
        </div>
      </div>
      {now !== null && total === 0 && <p class="empty">{isFiltered.value ? words.noneFound : words.none}</p>}
    </div>
  );
}

function useNarrow(): boolean {
  const isNarrow = useSignal(NARROW.matches);
  useEffect(() => {
    const look = (): void => {
      isNarrow.value = NARROW.matches;
    };
    NARROW.addEventListener('change', look);
    return () => {
      NARROW.removeEventListener('change', look);
    };
  }, []);
  return isNarrow.value;
}

/** Keeps `sight` true, reads what comes into sight, and begins at the top when something else is asked for. */
function useSight(scroller: { readonly current: HTMLDivElement | null }, rowPx: number): void {
  useEffect(() => {
    const list = scroller.current;
    if (list === null) return;
    const look = (): void => {
      const first = Math.floor(list.scrollTop / rowPx);
      sight.value = [first, first + Math.ceil(list.clientHeight / rowPx)];
      const now = caseWindow.value.peek();
      if (now !== null && !isRead(sight.value, now)) void caseWindow.reload();
    };
    look();
    list.addEventListener('scroll', look, { passive: true });
    const size = new ResizeObserver(look);
    size.observe(list);
    return () => {
      list.removeEventListener('scroll', look);
      size.disconnect();
    };
  }, [rowPx]);
  useEffect(() => askedFor.subscribe(() => scroller.current?.scrollTo({ top: 0 })), []);
}

function Head(): JSX.Element {
  return (
    <div role="rowgroup" class="head">
      <div role="row" class="row" aria-rowindex={1}>
        <span role="columnheader" class="c-select">
          {mayAct.value ? <SelectAll /> : <span class="only-read">{words.actions}</span>}
        </span>
        {seesPatients.value ? (
          <SortHead by="folder" name={words.columns.kase} at="c-case" />
        ) : (
          <span role="columnheader" class="c-case">
            {words.columns.kase}
          </span>
        )}
        <SortHead by="state" name={words.columns.state} at="c-state" />
        <span role="columnheader" class="c-progress">
          {words.columns.progress}
        </span>
        <SortHead by="updated" name={words.columns.happens} at="c-happens" />
        <SortHead by="created" name={words.columns.created} at="c-created" />
        <span role="columnheader" class="c-actions">
          <span class="only-read">{words.actions}</span>
        </span>
      </div>
    </div>
  );
}

function SelectAll(): JSX.Element {
  const count = selection.value.size;
  return (
    <input
      type="checkbox"
      aria-label={words.selectAll}
      checked={count > 0}
      onChange={(event) => {
        if (event.currentTarget.checked) void selectFound();
        else selection.value = new Map();
      }}
    />
  );
}

function SortHead({ by, name, at }: { readonly by: SortKey; readonly name: string; readonly at: string }): JSX.Element {
  const { by: now, descending } = order.value;
  const direction = descending ? 'descending' : 'ascending';
  return (
    <span role="columnheader" class={at} aria-sort={now === by ? direction : 'none'}>
      <button
        type="button"
        class="sort"
        data-sort={by}
        onClick={() => {
          sortBy(by);
        }}
      >
        {name}
        <span aria-hidden="true">{now === by ? (descending ? ' ▾' : ' ▴') : ''}</span>
      </button>
    </span>
  );
}
