import { computed, signal } from '@preact/signals';

/** What the list shows; kept while the page is open, never in the address: what is searched for may name a patient. */
export const KINDS = ['all', 'active', 'waiting', 'held', 'failed', 'completed', 'cancelled'] as const;
export type Kind = (typeof KINDS)[number];

export type SortKey = 'created' | 'updated' | 'folder' | 'state';

export interface Filter {
  readonly search: string;
  readonly kind: Kind;
  readonly machine: string;
  /** Local days, `YYYY-MM-DD`, both included; empty for any. */
  readonly from: string;
  readonly to: string;
}

export const NO_FILTER: Filter = { search: '', kind: 'all', machine: '', from: '', to: '' };

export const filter = signal<Filter>(NO_FILTER);
export const order = signal<{ readonly by: SortKey; readonly descending: boolean }>({
  by: 'created',
  descending: true,
});

export const isFiltered = computed(() => Object.values(filter.value).some((value) => value !== '' && value !== 'all'));

/** Both together: a change of either asks for another list. */
export const askedFor = computed(() => ({ ...filter.value, ...order.value }));

export function change(part: Partial<Filter>): void {
  filter.value = { ...filter.value, ...part };
}

/** Once more on the same column turns the order round; times begin with the newest, names with A. */
export function sortBy(by: SortKey): void {
  const now = order.value;
  const isTime = by === 'created' || by === 'updated';
  order.value = now.by === by ? { by, descending: !now.descending } : { by, descending: isTime };
}

const ACTIVE = ['registered', 'validated', 'interpreted', 'simulated', 'assembled'];
const BY_KIND: Readonly<Record<Kind, object>> = {
  all: {},
  active: { state: ACTIVE },
  waiting: { waiting: true },
  held: { held: true },
  failed: { state: ['failed', 'rejected'] },
  completed: { state: ['completed'] },
  cancelled: { state: ['cancelled'] },
};

/** The body of `POST /api/cases/search`. */
export function searchBody(limit: number, offset: number): object {
  const { search, kind, machine, from, to } = filter.value;
  const { by, descending } = order.value;
  return {
    limit,
    offset,
    sort: by,
    order: descending ? 'desc' : 'asc',
    ...BY_KIND[kind],
    ...(search.trim() === '' ? {} : { search: search.trim() }),
    ...(machine === '' ? {} : { machine }),
    ...(from === '' ? {} : { since: midnight(from, 0) }),
    ...(to === '' ? {} : { before: midnight(to, 1) }),
  };
}

/** The instant at which a local day begins, or one that many days later. */
function midnight(day: string, later: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}
