import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { operator } from '../domain/errors.js';
import type { Picture } from '../ports/case-pictures.js';
import type { CaseRecord } from '../ports/case-queries.js';
import type { LogPart, LogSource } from '../ports/log-reader.js';
import { deliveredLayersViews, type DeliveredLayers } from '../workflow/delivered-layers-view.js';
import { timelineView, type Timeline } from '../workflow/timeline-view.js';
import { beamParams, doseQuery, logQuery, noQuery } from './interface/requests.js';
import { problem, sendProblem } from './problem.js';
import { recordOf, resultsOf } from './case-record.js';
import { principalOf } from './session/principal.js';
import { isKnown } from './unchanged.js';
import type { WebPorts } from './web-ports.js';

/** What the page of one case shows beside `GET /api/cases/:id`; one query of the database for each. */
export function casePageRoutes(app: FastifyInstance, ports: WebPorts): void {
  const { queries, pictures, clock } = ports;
  const get = (
    path: string,
    answer: (record: CaseRecord, request: FastifyRequest, reply: FastifyReply) => unknown,
  ): void => {
    app.get<{ Params: { id: string } }>(`/api/cases/:id/${path}`, async (request, reply) =>
      answer(await recordOf(queries, request.params.id), request, reply),
    );
  };
  get('timeline', (record): Timeline => timelineView(record, clock.now()));
  get('deliveries', (record): { deliveries: readonly DeliveredLayers[] } => ({
    deliveries: deliveredLayersViews(record.deliveries),
  }));
  get('beams/:beam/layers', async (record, request, reply) => {
    noQuery.parse(request.query);
    const beamNumber = beamOf(record, request);
    return sendPicture(request, reply, await pictures.layers(await resultsOf(queries, record), beamNumber));
  });
  get('beams/:beam/dose', async (record, request, reply) => {
    const wanted = doseQuery.parse(request.query);
    const beamNumber = beamOf(record, request);
    const kase = await resultsOf(queries, record);
    return sendPicture(request, reply, await pictures.dose({ kase, beamNumber, ...wanted }));
  });
  get('log', (record, request, reply) => sendLog(ports, record, request, reply));
}

async function sendLog(
  ports: WebPorts,
  record: CaseRecord,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<LogPart | FastifyReply> {
  const query = logQuery.parse(request.query);
  // What programs print that are not ours may quote anything; our own log names nobody.
  if (query.source !== 'case' && !principalOf(request).seesPatients) {
    const remedy = 'ask one whose role sees patients (web.patientsFor)';
    return sendProblem(reply, problem(403, 'web.forbidden', 'this may name a patient', remedy));
  }
  return ports.logs.part(await sourceOf(ports, record, query), query.from ?? null);
}

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
  if (isKnown(request.headers['if-none-match'], etag)) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(json);
}

const noBeam = (): Error =>
  operator('case.no-such-beam', 'the case has no such beam', { remedy: 'see the beams of the case' });
