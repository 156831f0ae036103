import { In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { folderKey } from '../../domain/case-folder.js';
import type { Case } from '../../domain/case.js';
import { ACTIVE_STATES } from '../../domain/case-machine.js';
import type { CaseFilter } from '../../ports/case-queries.js';
import type { DatabaseOptions } from './database-options.js';
import { CaseSchema } from './schemas/case-schema.js';

/**
 * The cases that a filter lets through, as `kase`. What every list filters by stands in the index `cases_newest`; only
 * `held` and `waiting` look at rows, of the few active cases.
 */
export function filteredCases(
  manager: EntityManager,
  filter: CaseFilter,
  kind: DatabaseOptions['kind'],
): SelectQueryBuilder<Case> {
  const query = manager.createQueryBuilder(CaseSchema, 'kase');
  const { states, held, waiting, machine, search, byIdOnly = false } = filter;
  if (states !== undefined) query.andWhere({ state: In([...states]) });
  if (held !== undefined) query.andWhere(held ? HELD : 'kase.heldBecause IS NULL', { active: [...ACTIVE_STATES] });
  if (waiting !== undefined) query.andWhere(waiting ? WAITS : `NOT (${WAITS})`, { active: [...ACTIVE_STATES] });
  if (machine !== undefined) query.andWhere('kase.machine = :machine', { machine });
  createdWithin(query, filter);
  if (search !== undefined && search !== '') searchFor(query, search, { kind, byIdOnly });
  return query;
}

function createdWithin(query: SelectQueryBuilder<Case>, { since, before }: CaseFilter): void {
  if (since !== undefined) query.andWhere('kase.createdAt >= :since', { since });
  if (before !== undefined) query.andWhere('kase.createdAt < :before', { before });
}

/** Only what is under way is ever held: the few such cases are found by their state. */
const HELD = 'kase.state IN (:...active) AND kase.heldBecause IS NOT NULL';
const WAITS =
  'kase.state IN (:...active) AND kase.heldBecause IS NULL AND (kase.waitingFor IS NOT NULL OR kase.notBefore IS NOT NULL)';

interface SearchWay {
  readonly kind: DatabaseOptions['kind'];
  readonly byIdOnly: boolean;
}

/** The folder's key stands for its name: it is the name in one spelling, and in small letters on both databases. */
function searchFor(query: SelectQueryBuilder<Case>, search: string, { kind, byIdOnly }: SearchWay): void {
  // SQLite's LIKE knows upper and lower case of ASCII letters only; PostgreSQL's ILIKE those of all letters.
  const like = `${kind === 'postgres' ? 'ILIKE' : 'LIKE'} :search ESCAPE '\\'`;
  const names = byIdOnly ? [] : [`kase.folderKey LIKE :key ESCAPE '\\'`, `kase.planLabel ${like}`];
  const ways = [`kase.id ${like}`, ...names];
  query.andWhere(`(${ways.join(' OR ')})`, { search: pattern(search), key: pattern(folderKey(search)) });
}

const pattern = (text: string): string => `%${text.replace(/[\\%_]/g, '\\$&')}%`;

/** COUNT(*): TypeORM's own getCount counts distinct ids, for which SQLite sorts them all. */
export async function countOf(query: SelectQueryBuilder<Case>): Promise<number> {
  const row = await query.select('COUNT(*)', 'cases').getRawOne<{ readonly cases: number | string }>();
  return Number(row?.cases ?? 0);
}
