import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import type { Case } from '../domain/case.js';
import { operator } from '../domain/errors.js';
import { caseDetailView, caseView, type CaseDetailView, type CaseView } from '../workflow/case-view.js';
import { outlookOf } from '../workflow/outlook.js';
import { resourceView, type ResourceView } from '../workflow/resource-view.js';
import { targetView, type TargetView } from '../workflow/target-view.js';
import { deliverBody, emptyBody, holdBody, priorityBody, retryBody } from './interface/requests.js';
import { principalOf } from './session/principal.js';
import type { WebPorts } from './web-ports.js';

/** Single cases and places: the shapes of `mqi case ID --json` and `mqi gpus --json`. */
export function readingRoutes(app: FastifyInstance, { queries, clock, slots }: WebPorts): void {
  app.get<{ Params: { id: string } }>('/api/cases/:id', async ({ params }): Promise<CaseDetailView> => {
    const record = await queries.record(params.id);
    if (record === null) throw operator('case.not-found', 'there is no such case', { remedy: 'see /api/cases' });
    const now = clock.now();
    return caseDetailView(record, now, await outlookOf(queries, now, slots));
  });
  app.get('/api/gpus', async (): Promise<{ gpus: ResourceView[] }> => {
    const found = await queries.resources();
    return { gpus: found.map(({ resource, beams }) => resourceView(resource, beams)) };
  });
  app.get('/api/targets', async (): Promise<{ targets: TargetView[] }> => {
    return { targets: (await queries.targets()).map(targetView) };
  });
}

/** What operators do; each answers with the case as it is then. */
export function controlRoutes(app: FastifyInstance, ports: WebPorts): void {
  const { control, deliveries } = ports;
  type Act<B> = (id: string, body: B, actor: string) => Promise<Case>;
  const post = <B>(verb: string, body: z.ZodType<B>, act: Act<B>): void => {
    app.post<{ Params: { id: string } }>(`/api/cases/:id/${verb}`, async (request) =>
      viewOf(ports, await act(request.params.id, body.parse(request.body ?? {}), principalOf(request).actor)),
    );
  };
  post('retry', retryBody, (id, { beam, from }, actor) => {
    const request = { ...(beam !== undefined && { beamNumber: beam }), ...(from !== undefined && { from }) };
    return control.retry(id, request, actor);
  });
  post('hold', holdBody, (id, { reason }, actor) => control.hold(id, reason, actor));
  post('resume', emptyBody, (id, _body, actor) => control.resume(id, actor));
  post('cancel', emptyBody, (id, _body, actor) => control.cancel(id, actor));
  post('deliver', deliverBody, (id, { target }, actor) => deliveries.deliver(id, target ?? null, actor));
  post('priority', priorityBody, (id, { priority }, actor) => control.setPriority(id, priority, actor));
}

async function viewOf({ queries, clock }: WebPorts, kase: Case): Promise<CaseView> {
  return caseView((await queries.record(kase.id)) ?? { kase, beamsDone: 0 }, clock.now());
}
