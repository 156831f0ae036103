import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { historyOf, type HistoryView } from '../workflow/history-view.js';
import { csv } from './csv.js';
import type { WebPorts } from './web-ports.js';

const DAY_MS = 86_400_000;
const MOST_DAYS = 400;

const span = {
  from: z.iso.date(),
  to: z.iso.date(),
  /** As of `Date.getTimezoneOffset` in the browser. */
  offsetMinutes: z.coerce
    .number()
    .int()
    .min(-24 * 60)
    .max(24 * 60)
    .default(0),
};
const isSpan = ({ from, to }: { readonly from: string; readonly to: string }): boolean => {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS;
  return days >= 0 && days < MOST_DAYS;
};
const wrong = { message: `from must not be after to, and no more than ${String(MOST_DAYS)} days may lie between` };
const historyQuery = z.strictObject(span).refine(isSpan, wrong);

const TABLES = {
  cases: ['day', 'state', 'cases'],
  steps: ['day', 'step', 'done', 'meanSeconds', 'longestSeconds'],
  places: ['day', 'place', 'beams', 'busySeconds'],
  failures: ['code', 'tries', 'cases'],
} as const satisfies Partial<Record<keyof HistoryView, readonly string[]>>;
const csvQuery = z
  .strictObject({ ...span, table: z.enum(Object.keys(TABLES) as [keyof typeof TABLES]) })
  .refine(isSpan, wrong);

/** What was, over chosen days; each of its tables also for a spreadsheet. */
export function historyRoutes(app: FastifyInstance, { history }: Pick<WebPorts, 'history'>): void {
  app.get('/api/history', async (request): Promise<HistoryView> =>
    historyOf(history, historyQuery.parse(request.query)),
  );
  app.get('/api/history.csv', async (request, reply) => {
    const { table, ...days } = csvQuery.parse(request.query);
    const { [table]: rows } = await historyOf(history, days);
    const name = `mqi-${table}-${days.from}-${days.to}.csv`;
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${name}"`)
      .send(csv(TABLES[table], rows));
  });
}
