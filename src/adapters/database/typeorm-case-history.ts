import type { EntityManager, ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { CaseState, StepName } from '../../domain/case-machine.js';
import type {
  CaseHistory,
  CasesOfDay,
  FailuresByCode,
  HistoryRows,
  HistorySpan,
  PlaceOfDay,
  StepOfDay,
} from '../../ports/case-history.js';
import type { Connections } from './connections.js';
import type { DatabaseOptions } from './database-options.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { CaseSchema } from './schemas/case-schema.js';

const DAY_MS = 86_400_000;
/** Tries that one answer looks at, newest first: some hundred milliseconds of work. */
const MOST_TRIES = 50_000;
const MOST_CODES = 50;

/** Sums come as text from PostgreSQL. */
type Raw<T> = { readonly [K in keyof T]: T[K] extends number ? number | string : T[K] };

/** Counts over days, in SQL that both databases read alike; whole numbers divided by whole numbers are rounded down. */
export class TypeormCaseHistory implements CaseHistory {
  constructor(
    private readonly connections: Connections,
    private readonly mostTries = MOST_TRIES,
  ) {}

  of(span: HistorySpan): Promise<HistoryRows> {
    return this.connections.snapshot(async (manager) => {
      const completeFrom = await this.#completeFrom(manager, span);
      const looked = { ...span, from: completeFrom ?? span.from };
      return {
        cases: await casesOf(manager, span),
        steps: await stepsOf(manager, looked),
        places: await placesOf(manager, span),
        failures: await failuresOf(manager, looked, this.connections.options.kind),
        completeFrom,
      };
    });
  }

  /** When the oldest of as many tries as may be looked at began; null where there are fewer. */
  async #completeFrom(manager: EntityManager, { from, to }: HistorySpan): Promise<number | null> {
    const oldest = await manager
      .createQueryBuilder(AttemptSchema, 'attempt')
      .select('attempt.startedAt', 'at')
      .where('attempt.startedAt >= :from AND attempt.startedAt < :to', { from, to })
      .orderBy('attempt.startedAt', 'DESC')
      .offset(this.mostTries)
      .limit(1)
      .getRawOne<{ readonly at: number | string }>();
    return oldest === undefined ? null : Number(oldest.at) + 1;
  }
}

/** SQL for the number of the day that a time lies in. */
const dayOf = (column: string): string => `(${column} + CAST(:offsetMs AS bigint)) / ${String(DAY_MS)}`;

function within<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  column: string,
  span: HistorySpan,
): SelectQueryBuilder<T> {
  const { from, to, offsetMs } = span;
  return query.where(`${column} >= :from AND ${column} < :to`, { from, to, offsetMs });
}

async function casesOf(manager: EntityManager, span: HistorySpan): Promise<readonly CasesOfDay[]> {
  const query = manager
    .createQueryBuilder(CaseSchema, 'kase')
    .select(dayOf('kase.createdAt'), 'day')
    .addSelect('kase.state', 'state')
    .addSelect('COUNT(*)', 'cases');
  const rows = await within(query, 'kase.createdAt', span)
    .groupBy('"day"')
    .addGroupBy('kase.state')
    .getRawMany<Raw<CasesOfDay> & { readonly state: CaseState }>();
  return rows.map(({ day, state, cases }) => ({ day: Number(day), state, cases: Number(cases) })).sort(byDay);
}

async function stepsOf(manager: EntityManager, span: HistorySpan): Promise<readonly StepOfDay[]> {
  const took = 'attempt.finishedAt - attempt.startedAt';
  const query = manager
    .createQueryBuilder(AttemptSchema, 'attempt')
    .select(dayOf('attempt.startedAt'), 'day')
    .addSelect('attempt.step', 'step')
    .addSelect('COUNT(*)', 'done')
    .addSelect(`SUM(${took})`, 'totalMs')
    .addSelect(`MAX(${took})`, 'longestMs');
  const rows = await within(query, 'attempt.startedAt', span)
    .andWhere("attempt.outcome = 'done' AND attempt.beamNumber IS NULL")
    .groupBy('"day"')
    .addGroupBy('attempt.step')
    .getRawMany<Raw<StepOfDay> & { readonly step: StepName }>();
  return rows
    .map(({ day, step, done, totalMs, longestMs }) => ({
      day: Number(day),
      step,
      done: Number(done),
      totalMs: Number(totalMs),
      longestMs: Number(longestMs),
    }))
    .sort(byDay);
}

/** By the day on which a beam got its dose; of a beam that was repeated, the last time counts. */
async function placesOf(manager: EntityManager, span: HistorySpan): Promise<readonly PlaceOfDay[]> {
  const query = manager
    .createQueryBuilder(BeamSchema, 'beam')
    .select(dayOf('beam.finishedAt'), 'day')
    .addSelect('beam.resourceId', 'resourceId')
    .addSelect('COUNT(*)', 'beams')
    .addSelect('SUM(beam.finishedAt - beam.startedAt)', 'busyMs');
  const rows = await within(query, 'beam.finishedAt', span)
    .andWhere("beam.state = 'converted' AND beam.resourceId IS NOT NULL AND beam.startedAt IS NOT NULL")
    .groupBy('"day"')
    .addGroupBy('beam.resourceId')
    .getRawMany<Raw<PlaceOfDay>>();
  return rows
    .map(({ day, resourceId, beams, busyMs }) => ({
      day: Number(day),
      resourceId,
      beams: Number(beams),
      busyMs: Number(busyMs),
    }))
    .sort(byDay);
}

/** The failure is kept as JSON text; how to look into that is the one thing the databases spell differently. */
async function failuresOf(
  manager: EntityManager,
  span: HistorySpan,
  kind: DatabaseOptions['kind'],
): Promise<readonly FailuresByCode[]> {
  const code = kind === 'postgres' ? "CAST(attempt.error AS json) ->> 'code'" : "json_extract(attempt.error, '$.code')";
  const query = manager
    .createQueryBuilder(AttemptSchema, 'attempt')
    .select(code, 'code')
    .addSelect('COUNT(*)', 'tries')
    .addSelect('COUNT(DISTINCT attempt.caseId)', 'cases');
  const rows = await within(query, 'attempt.startedAt', span)
    .andWhere('attempt.error IS NOT NULL')
    .groupBy('"code"')
    .orderBy('"tries"', 'DESC')
    .addOrderBy('"code"', 'ASC')
    .limit(MOST_CODES)
    .getRawMany<Raw<FailuresByCode>>();
  return rows.map(({ code: found, tries, cases }) => ({ code: found, tries: Number(tries), cases: Number(cases) }));
}

const byDay = (a: { readonly day: number }, b: { readonly day: number }): number => a.day - b.day;
