import { signal } from '@preact/signals';
import type { CaseView } from '../../../workflow/case-view.js';
import { askJson } from '../api.js';
import { loaded } from '../loaded.js';
import { searchBody } from './case-filter.js';

/*
 * A window on a list that may be 100,000 cases long: only the cases that are in sight, and some around them, are read and
 * drawn. Each reading replaces all that was read before, so memory stays that of a few pages, and what is shown is never
 * older than the last change the service told of.
 */

const PAGE = 100;
/** Rows read beyond what is in sight, so that a little scrolling shows no gaps. */
const AROUND = 25;
/** What a bulk action may take at once. */
const MOST_SELECTED = 500;

export interface BeamBar {
  readonly beamNumber: number;
  readonly state: string;
  readonly progress: number;
}

interface Answer {
  readonly cases: readonly CaseView[];
  readonly total: number;
  readonly offset: number;
  readonly beams: Readonly<Record<string, readonly BeamBar[]>>;
}

export interface CaseWindow {
  readonly total: number;
  /** Index of the first case in `cases`. */
  readonly first: number;
  readonly cases: readonly CaseView[];
  readonly beams: Answer['beams'];
}

/** The rows in sight: first and last index. */
export const sight = signal<readonly [number, number]>([0, PAGE / 2]);

const read = (limit: number, offset: number): Promise<Answer> =>
  askJson<Answer>('/api/cases/search', { method: 'POST', body: searchBody(limit, offset) });

export const caseWindow = loaded<CaseWindow>(async () => {
  const [from, to] = sight.value;
  const first = Math.floor(Math.max(0, from - AROUND) / PAGE) * PAGE;
  const count = (Math.floor((to + AROUND) / PAGE) + 1) * PAGE - first;
  const { cases, total, offset, beams } = await read(Math.min(count, MOST_SELECTED), first);
  return { total, first: offset, cases, beams };
});

/** Whether all rows in sight have been read. */
export function isRead([from, to]: readonly [number, number], { first, cases, total }: CaseWindow): boolean {
  return from >= first && Math.min(to, total - 1) < first + cases.length;
}

/** Chosen for a bulk action, by id, as they were when chosen. */
export const selection = signal<ReadonlyMap<string, CaseView>>(new Map());

export function select(kase: CaseView, isChosen: boolean): void {
  const next = new Map(selection.value);
  if (isChosen) next.set(kase.id, kase);
  else next.delete(kase.id);
  selection.value = next;
}

/** All that the filter lets through, at most 500. */
export async function selectFound(): Promise<void> {
  const { cases } = await read(MOST_SELECTED, 0);
  selection.value = new Map(cases.map((kase) => [kase.id, kase]));
}
