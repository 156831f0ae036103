import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { operator } from '../domain/errors.js';
import type { CaseFile } from '../domain/case-file.js';
import type { FilesOf, OpenedFile } from '../ports/case-files.js';
import type { CaseRecord } from '../ports/case-queries.js';
import { byteRange } from './byte-range.js';
import { recordOf, resultsOf } from './case-record.js';
import { problem, sendProblem } from './problem.js';
import type { RouteAccess } from './session/principal.js';
import { isKnown } from './unchanged.js';
import type { WebPorts } from './web-ports.js';

/** A file as the page lists it. */
export type FileView = Omit<CaseFile, 'changedAt'> & { readonly changedAt: string };

/** What is in the files names the patient, or may. */
const PATIENT: { readonly access: RouteAccess } = { access: { showsPatient: true } };
/** Who took a file away is written down. */
const DOWNLOAD: { readonly access: RouteAccess } = { access: { showsPatient: true, audited: 'download' } };

/** The files of a case: a list, and each by the id it has there, which is looked for in that list and never made into a path. */
export function caseFileRoutes(app: FastifyInstance, ports: WebPorts): void {
  const { queries, files } = ports;
  const filesOf = async (id: string): Promise<FilesOf> => {
    const record = await recordOf(queries, id);
    return { kase: record.kase, results: await resultsOf(queries, record), beams: attemptsOf(record) };
  };
  app.get<{ Params: { id: string } }>('/api/cases/:id/files', { config: PATIENT }, async (request) => {
    return { files: (await files.list(await filesOf(request.params.id))).map(fileView) };
  });
  app.get<{ Params: { id: string; file: string } }>(
    '/api/cases/:id/files/:file',
    { config: DOWNLOAD },
    async (request, reply) => {
      const { id, file: fileId } = request.params;
      const file = await files.open(await filesOf(id), fileId);
      if (file === null) throw noFile();
      return sendFile(reply, file, request.headers);
    },
  );
}

const attemptsOf = ({ beams }: CaseRecord): FilesOf['beams'] =>
  beams.map(({ beamNumber, attempt }) => ({ beamNumber, attempt }));

const fileView = (file: CaseFile): FileView => ({ ...file, changedAt: new Date(file.changedAt).toISOString() });

/** Always as a file to keep, never shown as a page of ours; a part of it where one is asked for (RFC 9110, one range). */
async function sendFile(reply: FastifyReply, file: OpenedFile, headers: IncomingHttpHeaders): Promise<FastifyReply> {
  const etag = `"${file.tag}"`;
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': `attachment; filename="${file.name.replace(/[^\w.-]/g, '_')}"`,
  });
  const part = partAsked(headers, etag, file.bytes);
  const known = isKnown(headers['if-none-match'], etag);
  if (known || part === 'unsatisfiable') {
    await file.close();
    if (known) return reply.code(304).send();
    reply.header('content-range', `bytes */${String(file.bytes)}`).removeHeader('content-disposition');
    return sendProblem(reply, problem(416, 'web.no-such-part', 'the file has no such part', 'ask for the whole file'));
  }
  const { start, end } = part ?? { start: 0, end: file.bytes - 1 };
  reply.type(file.mediaType).header('content-length', end - start + 1);
  if (part !== null) {
    reply.code(206).header('content-range', `bytes ${String(start)}-${String(end)}/${String(file.bytes)}`);
  }
  if (reply.request.method === 'GET' && file.bytes > 0) return reply.send(file.stream(start, end));
  await file.close();
  return reply.send();
}

/** A part is given of the file that was begun with, or of any where none is named. */
function partAsked(
  { range, 'if-range': ifRange }: IncomingHttpHeaders,
  etag: string,
  size: number,
): ReturnType<typeof byteRange> {
  const isSame = ifRange === undefined || ifRange === etag;
  return byteRange(isSame && typeof range === 'string' ? range : undefined, size);
}

const noFile = (): Error =>
  operator('case.no-such-file', 'the case has no such file, or no longer', { remedy: 'see the list of its files' });
