import type { CaseView } from '../workflow/case-view.js';
import type { Column } from './terminal/table.js';
import { localMinute, localTimes } from './terminal/local-times.js';
import { progressBar } from './terminal/progress-bar.js';

/** `2026-11-23 12:30` in local time: what people compare with their clock. */
export function localTime(iso: string | null): string {
  return iso === null ? '' : localMinute(new Date(iso));
}

const INBOX: Column<CaseView> = { title: 'inbox', cell: ({ inbox }) => inbox };

const CASE_COLUMNS: readonly Column<CaseView>[] = [
  { title: 'id', cell: ({ id }) => id },
  { title: 'folder', cell: ({ folder }) => folder, shrinksTo: 16 },
  { title: 'run', cell: ({ run }) => String(run), align: 'right' },
  { title: 'state', cell: ({ state }) => state },
  { title: 'progress', cell: ({ progress }) => progressBar(progress, 10) },
  { title: 'beams', cell: ({ beamsDone, beamCount }) => `${String(beamsDone)}/${String(beamCount)}`, align: 'right' },
  { title: 'created', cell: ({ createdAt }) => localTime(createdAt) },
  { title: 'status', cell: ({ status }) => localTimes(status), shrinksTo: 24 },
];

/** The columns of `mqi cases`: the inbox only where a case came by one that has a name. */
export function caseColumns(cases: readonly CaseView[]): readonly Column<CaseView>[] {
  const [id, ...others] = CASE_COLUMNS;
  const isNamed = cases.some(({ inbox }) => inbox !== '');
  return isNamed && id !== undefined ? [id, INBOX, ...others] : CASE_COLUMNS;
}
