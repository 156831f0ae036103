import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { BeamBar } from '../ports/case-lists.js';
import type { CaseFilter } from '../ports/case-queries.js';
import { arrivalView, onlyIfAny, type ArrivalView } from '../workflow/arrival-view.js';
import { caseView, type CaseView } from '../workflow/case-view.js';
import { outlookOf } from '../workflow/outlook.js';
import { listQuery, searchBody } from './interface/requests.js';
import { principalOf, type Principal } from './session/principal.js';
import type { WebPorts } from './web-ports.js';

type Asked = z.output<typeof searchBody>;

/** A page of cases, and how many the filter lets through altogether. */
export interface CasesAnswer {
  readonly cases: readonly CaseView[];
  readonly total: number;
}

/** The answer for the live page: also how far each beam is that is being calculated, by case id. */
export interface SearchAnswer extends CasesAnswer {
  readonly offset: number;
  readonly beams: Readonly<Record<string, readonly BeamBar[]>>;
}

/**
 * `GET /api/cases` for scripts, in the shape of `mqi cases --json`; `POST /api/cases/search` for the page: what is searched
 * for may be a patient's name, and addresses carry ids only (they end up in histories and in logs of proxies).
 */
export function listRoutes(app: FastifyInstance, ports: WebPorts): void {
  const { queries, clock } = ports;
  app.get('/api/cases', async (request): Promise<CasesAnswer & { arriving?: readonly ArrivalView[] }> => {
    const { cases, total } = await pageOf(ports, listQuery.parse(request.query), principalOf(request));
    const now = clock.now();
    const arriving = (await queries.arriving()).map((arrival) => arrivalView(arrival, now));
    return { cases, total, ...onlyIfAny(arriving) };
  });
  // It reads: whoever may read may do it.
  app.post('/api/cases/search', { config: { access: { role: 'viewer' } } }, async (request): Promise<SearchAnswer> => {
    const asked = searchBody.parse(request.body);
    return { ...(await pageOf(ports, asked, principalOf(request))), offset: asked.offset };
  });
}

async function pageOf(
  { lists, queries, clock, slots }: WebPorts,
  asked: Asked,
  { seesPatients }: Principal,
): Promise<Omit<SearchAnswer, 'offset'>> {
  const filter = { ...filterOf(asked), byIdOnly: !seesPatients };
  // The order of names would tell of names.
  const by = asked.sort === 'folder' && !seesPatients ? 'created' : asked.sort;
  const { rows, total } = await lists.page(filter, { by, descending: asked.order === 'desc' });
  const now = clock.now();
  const outlook = await outlookOf(queries, now, slots);
  return {
    cases: rows.map((row) => caseView(row, now, outlook)),
    total,
    beams: Object.fromEntries(rows.filter(({ beams }) => beams.length > 0).map(({ kase, beams }) => [kase.id, beams])),
  };
}

function filterOf({ state: states, since, before, search, machine, held, waiting, limit, offset }: Asked): CaseFilter {
  return {
    limit,
    offset,
    ...defined({ states, search, machine, held, waiting }),
    ...(since !== undefined && { since: Date.parse(since) }),
    ...(before !== undefined && { before: Date.parse(before) }),
  };
}

/** Without the properties that are undefined. */
function defined<T extends object>(given: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
