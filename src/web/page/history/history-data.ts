import { computed, signal } from '@preact/signals';
import type { HistoryView } from '../../../workflow/history-view.js';
import { ask, askJson } from '../api.js';
import { dayOf } from '../format.js';
import { loaded } from '../loaded.js';

export type TableName = 'cases' | 'steps' | 'places' | 'failures';

const DAY_MS = 86_400_000;
/** As the service allows. */
const MOST_DAYS = 400;

const daysAgo = (days: number): string => dayOf(new Date(Date.now() - days * DAY_MS).toISOString());

/** Local days, both included. */
export const span = signal({ from: daysAgo(29), to: daysAgo(0) });

export function chooseLast(days: number): void {
  span.value = { from: daysAgo(days - 1), to: daysAgo(0) };
}

export const isSpan = computed(() => {
  const { from, to } = span.value;
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  return days >= 0 && days < MOST_DAYS;
});

const query = (): URLSearchParams =>
  new URLSearchParams({ ...span.value, offsetMinutes: String(new Date().getTimezoneOffset()) });

export const past = loaded(() => askJson<HistoryView>(`/api/history?${query().toString()}`));

/** Every day of the answer, also those on which nothing happened. */
export function daysOf({ from, to }: Pick<HistoryView, 'from' | 'to'>): readonly string[] {
  const count = Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS) + 1;
  return Array.from({ length: count }, (_, i) => new Date(Date.parse(from) + i * DAY_MS).toISOString().slice(0, 10));
}

/** Saves one of the tables as a file, by the name the service gives it. */
export async function download(table: TableName): Promise<void> {
  const given = query();
  given.set('table', table);
  const response = await ask(`/api/history.csv?${given.toString()}`);
  const name = /filename="([\w.-]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1] ?? `${table}.csv`;
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
