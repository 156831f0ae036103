import type { Case } from '../domain/case.js';
import { operator } from '../domain/errors.js';
import type { CaseQueries, CaseRecord } from '../ports/case-queries.js';

/** The case of exactly this id. Throws operator `case.not-found`. */
export async function recordOf(queries: Pick<CaseQueries, 'record'>, id: string): Promise<CaseRecord> {
  const record = await queries.record(id);
  if (record === null) throw operator('case.not-found', 'there is no such case', { remedy: 'see /api/cases' });
  return record;
}

/** The case whose work folder holds doses and inputs: its own, or that of the run whose results stand for its own. */
export async function resultsOf(
  queries: Pick<CaseQueries, 'record'>,
  { kase }: CaseRecord,
): Promise<Pick<Case, 'id' | 'run'>> {
  if (kase.resultsOf === null) return kase;
  return (await recordOf(queries, kase.resultsOf)).kase;
}
