import type { Case } from '../domain/case.js';
import { operator, type CaseError } from '../domain/errors.js';
import type { CaseQueries } from '../ports/case-queries.js';

/** As many candidates as an error line can usefully name. */
const NAMED = 10;

export const noSuchCase = (wanted: string): CaseError =>
  operator('case.not-found', `no case has an id or folder that starts with "${wanted}"`, {
    remedy: 'mqi cases lists them all',
  });

/** The one case meant by an id, or the start of an id or folder name. Throws `case.not-found` or `usage.ambiguous`. */
export async function findCase(queries: CaseQueries, wanted: string): Promise<Case> {
  const found = await queries.matching(wanted);
  const [first] = found;
  if (first === undefined) throw noSuchCase(wanted);
  if (found.length > 1) {
    const ids = found.slice(0, NAMED).map(({ id }) => id);
    const more = found.length > NAMED ? ` and ${String(found.length - NAMED)} more` : '';
    throw operator('usage.ambiguous', `"${wanted}" may be any of ${ids.join(', ')}${more}`, {
      remedy: 'give more of the id',
    });
  }
  return first;
}

/** All the cases meant, each once; nothing is done to any of them if one is not found or ambiguous. */
export async function findCases(queries: CaseQueries, wanted: readonly string[]): Promise<readonly Case[]> {
  const found = new Map<string, Case>();
  for (const one of wanted) {
    const kase = await findCase(queries, one);
    found.set(kase.id, kase);
  }
  return [...found.values()];
}
