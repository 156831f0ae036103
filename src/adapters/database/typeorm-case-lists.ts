import { In, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Case } from '../../domain/case.js';
import { ACTIVE_STATES, CASE_STATES, isActive, type CaseState } from '../../domain/case-machine.js';
import type { EpochMs } from '../../domain/time.js';
import type {
  BeamBar,
  CaseLists,
  CaseMark,
  CaseOrder,
  CasePage,
  CaseSort,
  CaseSummary,
} from '../../ports/case-lists.js';
import type { CaseFilter } from '../../ports/case-queries.js';
import { beamsDone } from './beams-done.js';
import { countOf, filteredCases } from './case-filter.js';
import type { Connections } from './connections.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { CaseSchema } from './schemas/case-schema.js';

const MOST_MARKS = 500;

/** Each order is that of an index, with the id last, so that no two cases ever change places between two pages. */
const ORDERS: Readonly<Record<CaseSort, readonly (keyof Case)[]>> = {
  created: ['createdAt', 'id'],
  updated: ['updatedAt', 'id'],
  folder: ['folderKey', 'inbox', 'createdAt', 'id'],
  state: ['state', 'createdAt', 'id'],
};

/** Pages of cases. First their ids, out of an index alone; then the rows of those few. */
export class TypeormCaseLists implements CaseLists {
  constructor(private readonly connections: Connections) {}

  page(filter: CaseFilter, order: CaseOrder): Promise<CasePage> {
    return this.connections.snapshot(async (manager) => {
      const ids = await idsOf(this.#filtered(manager, filter), filter, order);
      const total = endOf(ids.length, filter) ?? (await countOf(this.#filtered(manager, filter)));
      const found = ids.length === 0 ? [] : await manager.findBy(CaseSchema, { id: In([...ids]) });
      const byId = new Map(found.map((kase) => [kase.id, kase]));
      const cases = ids.flatMap((id) => byId.get(id) ?? []);
      const done = await beamsDone(manager, cases);
      const bars = await beamBars(manager, cases);
      const rows = cases.map((kase) => ({
        kase,
        beamsDone: done.get(kase.id) ?? 0,
        beams: bars.get(kase.id) ?? [],
      }));
      return { rows, total };
    });
  }

  summary(): Promise<CaseSummary> {
    return this.connections.snapshot(async (manager) => {
      const states = await manager
        .createQueryBuilder(CaseSchema, 'kase')
        .select('kase.state', 'state')
        .addSelect('COUNT(*)', 'cases')
        .groupBy('kase.state')
        .getRawMany<{ readonly state: CaseState; readonly cases: number | string }>();
      const counted = new Map(states.map(({ state, cases }) => [state, Number(cases)]));
      const active = { states: [...ACTIVE_STATES] };
      return {
        byState: Object.fromEntries(
          CASE_STATES.map((state) => [state, counted.get(state) ?? 0]),
        ) as CaseSummary['byState'],
        held: await countOf(this.#filtered(manager, { ...active, held: true })),
        waiting: await countOf(this.#filtered(manager, { ...active, waiting: true })),
        machines: await machinesOf(manager),
      };
    });
  }

  marks(since: EpochMs): Promise<readonly CaseMark[]> {
    return this.connections.snapshot(async (manager) => {
      const marked = (): SelectQueryBuilder<Case> =>
        manager
          .createQueryBuilder(CaseSchema, 'kase')
          .select(['kase.id', 'kase.state', 'kase.version', 'kase.progress', 'kase.updatedAt', 'kase.leaseOwner'])
          .limit(MOST_MARKS);
      const active = await marked()
        .where({ state: In([...ACTIVE_STATES]) })
        .orderBy({ 'kase.createdAt': 'DESC', 'kase.id': 'DESC' })
        .getMany();
      const changed = await marked()
        .where('kase.updatedAt >= :since', { since })
        .orderBy({ 'kase.updatedAt': 'DESC', 'kase.id': 'DESC' })
        .getMany();
      const beams = await beamMarks(manager, active);
      const all = new Map([...changed, ...active].map((kase) => [kase.id, kase]));
      return [...all.values()].map((kase) => markOf(kase, beams.get(kase.id) ?? ''));
    });
  }

  #filtered(manager: EntityManager, filter: CaseFilter): SelectQueryBuilder<Case> {
    return filteredCases(manager, filter, this.connections.options.kind);
  }
}

/** How many there are where the page itself shows it: a search that finds little looks through all cases once, not twice. */
function endOf(found: number, { limit = Infinity, offset = 0 }: CaseFilter): number | null {
  return found < limit && (found > 0 || offset === 0) ? offset + found : null;
}

async function idsOf(
  query: SelectQueryBuilder<Case>,
  { limit, offset }: CaseFilter,
  { by, descending }: CaseOrder,
): Promise<readonly string[]> {
  query.select('kase.id', 'id');
  for (const column of ORDERS[by]) query.addOrderBy(`kase.${column}`, descending ? 'DESC' : 'ASC');
  if (limit !== undefined) query.limit(limit);
  if (offset !== undefined) query.offset(offset);
  return (await query.getRawMany<{ readonly id: string }>()).map(({ id }) => id);
}

/** Out of the index alone. */
async function machinesOf(manager: EntityManager): Promise<readonly string[]> {
  const rows = await manager
    .createQueryBuilder(CaseSchema, 'kase')
    .select('kase.machine', 'machine')
    .where('kase.machine IS NOT NULL')
    .groupBy('kase.machine')
    .orderBy('kase.machine')
    .getRawMany<{ readonly machine: string }>();
  return rows.map(({ machine }) => machine);
}

/** How far the beams of those cases are whose dose is being calculated. */
async function beamBars(
  manager: EntityManager,
  cases: readonly Case[],
): Promise<ReadonlyMap<string, readonly BeamBar[]>> {
  const ids = cases.filter(({ state }) => state === 'interpreted').map(({ id }) => id);
  const bars = new Map<string, BeamBar[]>(ids.map((id) => [id, []]));
  if (ids.length === 0) return bars;
  const beams = await manager.find(BeamSchema, {
    select: { id: true, caseId: true, beamNumber: true, state: true, progress: true },
    where: { caseId: In(ids) },
    order: { caseId: 'ASC', beamNumber: 'ASC' },
  });
  for (const { caseId, beamNumber, state, progress } of beams) bars.get(caseId)?.push({ beamNumber, state, progress });
  return bars;
}

/** Progress of a beam moves neither its version nor its case. */
async function beamMarks(manager: EntityManager, cases: readonly Case[]): Promise<ReadonlyMap<string, string>> {
  const ids = cases.filter(({ state }) => state === 'interpreted').map(({ id }) => id);
  if (ids.length === 0) return new Map();
  const rows = await manager
    .createQueryBuilder(BeamSchema, 'beam')
    .select('beam.caseId', 'caseId')
    .addSelect('SUM(beam.version)', 'versions')
    .addSelect('SUM(beam.progress)', 'progress')
    .where({ caseId: In(ids) })
    .groupBy('beam.caseId')
    .getRawMany<{ readonly caseId: string; readonly versions: number | string; readonly progress: number }>();
  return new Map(rows.map(({ caseId, versions, progress }) => [caseId, `${String(versions)} ${String(progress)}`]));
}

function markOf({ id, state, version, progress, updatedAt, leaseOwner }: Case, beams: string): CaseMark {
  const mark = [version, progress, updatedAt, leaseOwner !== null, beams].join(' ');
  return { id, isActive: isActive(state), updatedAt, mark };
}
