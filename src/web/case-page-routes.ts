import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { operator } from '../domain/errors.js';
import { PLANES_THROUGH, type Picture } from '../ports/case-pictures.js';
import type { CaseRecord } from '../ports/case-queries.js';
import type { LogPart, LogSource } from '../ports/log-reader.js';
import { deliveredLayersViews, type DeliveredLayers } from '../workflow/delivered-layers-view.js';
import { timelineView, type Timeline } from '../workflow/timeline-view.js';
import type { MaySee, Wanted } from './may-see.js';
import { sendProblem } from './problem.js';
import { recordOf, resultsOf } from './case-record.js';
import type { WebPorts } from './web-ports.js';

const beamParams = z.object({ id: z.string(), beam: z.coerce.number().int().min(0).max(999_999) });
const doseQuery = z.strictObject({
  of: z.enum(['beam', 'plan']).default('beam'),
  through: z.enum(PLANES_THROUGH).default('isocentre'),
});
const noQuery = z.strictObject({});
const logQuery = z.strictObject({
  from: z.string().max(40).optional(),
  source: z.enum(['case', 'engine', 'interpreter']).default('case'),
  beam: z.coerce.number().int().min(0).max(999_999).optional(),
  attempt: z.coerce.number().int().min(1).max(999_999).optional(),
});

/** What the page of one case shows beside `GET /api/cases/:id`; one query of the database for each. */
export function casePageRoutes(app: FastifyInstance, ports: WebPorts, maySee: MaySee): void {
  const { queries, pictures, logs, clock } = ports;
  /** A reading route of one case, for those who may. */
  const get = (
    path: string,
    wanted: (request: FastifyRequest) => Wanted,
    answer: (record: CaseRecord, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>,
  ): void => {
    app.get<{ Params: { id: string } }>(`/api/cases/:id/${path}`, async (request, reply) => {
      const refusal = maySee(request, wanted(request));
      if (refusal !== null) return sendProblem(reply, refusal);
      return answer(await recordOf(queries, request.params.id), request, reply);
    });
  };
  get('timeline', figures, (record): Promise<Timeline> => Promise.resolve(timelineView(record, clock.now())));
  get('deliveries', figures, (record): Promise<{ deliveries: readonly DeliveredLayers[] }> =>
    Promise.resolve({ deliveries: deliveredLayersViews(record.deliveries) }),
  );
  get('beams/:beam/layers', figures, async (record, request, reply) => {
    noQuery.parse(request.query);
    const beamNumber = beamOf(record, request);
    return sendPicture(request, reply, await pictures.layers(await resultsOf(queries, record), beamNumber));
  });
  get('beams/:beam/dose', figures, async (record, request, reply) => {
    const wanted = doseQuery.parse(request.query);
    const beamNumber = beamOf(record, request);
    const kase = await resultsOf(queries, record);
    return sendPicture(request, reply, await pictures.dose({ kase, beamNumber, ...wanted }));
  });
  get('log', wantedOfLog, async (record, request): Promise<LogPart> => {
    const query = logQuery.parse(request.query);
    return logs.part(await sourceOf(ports, record, query), query.from ?? null);
  });
}

const figures = (): Wanted => 'figures';
/** What programs print that are not ours may quote anything. */
const wantedOfLog = (request: FastifyRequest): Wanted =>
  logQuery.parse(request.query).source === 'case' ? 'figures' : 'patient-files';

/** The number in the address, where the case has such a beam. */
function beamOf({ beams }: CaseRecord, { params }: FastifyRequest): number {
  const { beam } = beamParams.parse(params);
  if (!beams.some(({ beamNumber }) => beamNumber === beam)) throw noBeam();
  return beam;
}

async function sourceOf(
  { queries }: WebPorts,
  record: CaseRecord,
  query: z.output<typeof logQuery>,
): Promise<LogSource> {
  const { id: caseId, run } = record.kase;
  if (query.source === 'case') return { kind: 'case', caseId };
  if (query.source === 'interpreter') return { kind: 'interpreter', caseId, run };
  const beam = record.beams.find(({ beamNumber }) => beamNumber === query.beam);
  if (beam === undefined) throw noBeam();
  const { beamNumber, attempt } = beam;
  const results = await resultsOf(queries, record);
  return { kind: 'engine', caseId: results.id, run: results.run, beamNumber, attempt: query.attempt ?? attempt };
}

/** Sent as it was made: nothing is parsed or written anew; not at all where the page has it already. */
function sendPicture(request: FastifyRequest, reply: FastifyReply, { json, tag }: Picture): FastifyReply {
  const etag = `"${tag}"`;
  reply.header('etag', etag).header('cache-control', 'private, no-cache');
  if (request.headers['if-none-match'] === etag) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(json);
}

const noBeam = (): Error =>
  operator('case.no-such-beam', 'the case has no such beam', { remedy: 'see the beams of the case' });
