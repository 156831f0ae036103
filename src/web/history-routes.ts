import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { historyOf, type HistoryView } from '../workflow/history-view.js';
import { csv } from './csv.js';
import { csvQuery, historyQuery } from './interface/requests.js';
import type { WebPorts } from './web-ports.js';

const TABLES = {
  cases: ['day', 'state', 'cases'],
  steps: ['day', 'step', 'done', 'meanSeconds', 'longestSeconds'],
  places: ['day', 'place', 'beams', 'busySeconds'],
  failures: ['code', 'tries', 'cases'],
} as const satisfies Record<z.output<typeof csvQuery>['table'] & keyof HistoryView, readonly string[]>;
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
