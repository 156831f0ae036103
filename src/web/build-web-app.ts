import Fastify, { type FastifyInstance } from 'fastify';
import { intakeReadiness } from './intake-readiness.js';
import { foreignRequest, missingToken, notJson, type AccessRule } from './access.js';
import { caseFileRoutes } from './case-file-routes.js';
import { casePageRoutes } from './case-page-routes.js';
import { controlRoutes, readingRoutes } from './case-routes.js';
import { ChangeNotices } from './change-notices.js';
import { eventStream } from './event-stream.js';
import type { MaySee } from './may-see.js';
import { Metrics } from './metrics.js';
import { OPENAPI } from './openapi.js';
import { pageRoutes } from './page-routes.js';
import { problem, problemOf, sendProblem } from './problem.js';
import type { WebPorts } from './web-ports.js';

const BODY_LIMIT = 16 * 1024;

/** Nothing is loaded from elsewhere, nothing inline runs, no other page may frame this one. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export interface WebApp {
  readonly app: FastifyInstance;
  readonly notices: ChangeNotices;
  /** Ends the event streams, which a closing server would wait for. */
  endStreams(): void;
}

/** Everything that is served, without a listening socket. */
export async function buildWebApp(ports: WebPorts, rule: AccessRule): Promise<WebApp> {
  const app = Fastify({ logger: false, bodyLimit: BODY_LIMIT, forceCloseConnections: true });
  const notices = new ChangeNotices(ports.queries, (thrown) => {
    ports.log.warn('looking for changes failed', {}, thrown);
  });
  acceptJsonOnly(app);
  answerErrors(app, ports);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    const refusal = foreignRequest(request, rule) ?? notJson(request);
    if (refusal !== null) await sendProblem(reply, refusal);
  });
  openRoutes(app, ports);
  await pageRoutes(app);
  let endStreams = (): void => undefined;
  await app.register((api, _options, done) => {
    api.addHook('onRequest', async (request, reply) => {
      reply.header('cache-control', 'no-store');
      const refusal = missingToken(request, rule);
      if (refusal !== null) await sendProblem(reply, refusal);
    });
    readingRoutes(api, ports);
    casePageRoutes(api, ports, maySee);
    caseFileRoutes(api, ports, maySee);
    controlRoutes(api, ports, rule.token === null ? 'web:anyone' : 'web:token');
    endStreams = eventStream(api, notices);
    done();
  });
  return {
    app,
    notices,
    endStreams: () => {
      endStreams();
    },
  };
}

/** Until there are roles, whoever holds the token may see everything. */
const maySee: MaySee = () => null;

function openRoutes(app: FastifyInstance, { queries, inboxes }: WebPorts): void {
  const metrics = new Metrics(queries, inboxes);
  app.get('/healthz', () => ({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    try {
      await queries.countByState();
      const readiness = intakeReadiness(inboxes.states());
      return 'problem' in readiness ? await sendProblem(reply, readiness.problem) : readiness;
    } catch (thrown) {
      const { code, detail, remedy } = problemOf(thrown);
      return sendProblem(reply, problem(503, code, detail, remedy));
    }
  });
  app.get('/metrics', async (_request, reply) => reply.type(metrics.contentType()).send(await metrics.text()));
  app.get('/openapi.json', () => OPENAPI);
}

/** A body that is left out counts as `{}`. */
function acceptJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    void parse(request, body === '' ? '{}' : body.toString(), done);
  });
}

function answerErrors(app: FastifyInstance, { log }: WebPorts): void {
  app.setErrorHandler((thrown, _request, reply) => {
    const answer = problemOf(thrown);
    if (answer.status >= 500) log.warn('web request failed', { code: answer.code }, thrown);
    return sendProblem(reply, answer);
  });
  app.setNotFoundHandler((_request, reply) =>
    sendProblem(reply, problem(404, 'web.no-such-page', 'there is nothing at this address', 'see /openapi.json')),
  );
}
