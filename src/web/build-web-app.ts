import type { RequestListener, Server } from 'node:http';
import Fastify, { type FastifyInstance } from 'fastify';
import { healthy, readyView } from './health.js';
import { accessOf, foreignRequest, notJson, type Access, type AccessRule } from './access.js';
import { caseFileRoutes } from './case-file-routes.js';
import { casePageRoutes } from './case-page-routes.js';
import { controlRoutes, readingRoutes } from './case-routes.js';
import { ChangeNotices } from './change-notices.js';
import type { Certificate } from './certificate.js';
import { eventStream } from './event-stream.js';
import { historyRoutes } from './history-routes.js';
import { listRoutes } from './list-routes.js';
import { httpServer, PATIENCE, type NoteCutOff, type Patience } from './http-server.js';
import { OPENAPI } from './interface/document.js';
import { overviewRoutes } from './overview-routes.js';
import { pageRoutes } from './page-routes.js';
import { PlaceTrail } from './place-trail.js';
import { problemOf, sendProblem } from './problem.js';
import { productVersion } from './product-version.js';
import { securityHeaders } from './security-headers.js';
import { Admission } from './session/admission.js';
import { GuessGuard } from './session/guess-guard.js';
import { letIn } from './session/let-in.js';
import { LoginNotes } from './session/login-notes.js';
import { sessionRoutes, type SessionParts } from './session/session-routes.js';
import { Sessions } from './session/sessions.js';
import { answerUnchanged } from './unchanged.js';
import { answerUnknown } from './unknown-address.js';
import type { WebPorts } from './web-ports.js';

type Headers = ReturnType<typeof securityHeaders>;
const BODY_LIMIT = 16 * 1024;

export interface WebApp {
  readonly app: FastifyInstance;
  readonly notices: ChangeNotices;
  /** Ends the event streams, which a closing server would wait for. */
  endStreams(): void;
}

/** Everything that is served, without a listening socket. */
export async function buildWebApp(
  ports: WebPorts,
  rule: AccessRule,
  certificate: Certificate | null = null,
  patience: Patience = PATIENCE,
): Promise<WebApp> {
  const access = accessOf(rule);
  const headers = securityHeaders(access);
  const cutOff: NoteCutOff = (why) => {
    ports.metrics.cutOff(why);
  };
  const app = bareApp(headers, (handler) => httpServer(handler, certificate, patience, cutOff));
  const notices = new ChangeNotices(ports, (thrown) => {
    ports.log.warn('looking for changes failed', {}, thrown);
  });
  const session = sessionParts(ports, access);
  const trail = new PlaceTrail(ports.queries, ports.clock, (thrown) => {
    ports.log.warn('looking at the places failed', {}, thrown);
  });
  acceptJsonOnly(app);
  answerErrors(app, ports);
  guardAll(app, access, headers);
  answerUnknown(app);
  openRoutes(app, ports);
  sessionRoutes(app, session);
  await pageRoutes(app);
  let endStreams = (): void => undefined;
  await app.register((api, _options, done) => {
    letIn(api, session.admission, ports);
    answerUnchanged(api);
    listRoutes(api, ports);
    overviewRoutes(api, ports, trail);
    historyRoutes(api, ports);
    routesOfCase(api, ports);
    controlRoutes(api, ports);
    endStreams = eventStream(api, notices, (principal) => session.admission.isStillIn(principal), cutOff);
    done();
  });
  app.addHook('onListen', () => {
    trail.start();
  });
  return {
    app,
    notices,
    endStreams: () => {
      trail.stop();
      endStreams();
    },
  };
}

function bareApp(headers: Headers, serverFactory: (handler: RequestListener) => Server): FastifyInstance {
  return Fastify({
    logger: false,
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    serverFactory,
    // Addresses that cannot be decoded reach no hook and no error handler.
    frameworkErrors: (thrown, _request, reply) => {
      void sendProblem(reply.headers(headers), problemOf(thrown));
    },
  });
}

/** What holds for every request, whoever asks for whatever. */
function guardAll(app: FastifyInstance, access: Access, headers: Headers): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    const refusal = foreignRequest(request, access) ?? (request.is404 ? null : notJson(request));
    if (refusal !== null) await sendProblem(reply, refusal);
  });
}

function sessionParts({ users, clock, audit, log }: WebPorts, access: Access): SessionParts {
  const sessions = new Sessions(clock, access);
  const admitting = { access, sessions, users, guard: new GuessGuard(clock), notes: new LoginNotes(audit, log) };
  return { ...admitting, users, admission: new Admission(admitting), version: productVersion() };
}

function routesOfCase(api: FastifyInstance, ports: WebPorts): void {
  readingRoutes(api, ports);
  casePageRoutes(api, ports);
  caseFileRoutes(api, ports);
}

function openRoutes(app: FastifyInstance, { metrics, readiness, inboxes }: WebPorts): void {
  app.addHook('onClose', () => {
    metrics.close();
  });
  app.get('/healthz', () => healthy());
  app.get('/readyz', async (_request, reply) => {
    const ready = readyView(await readiness.look(), inboxes.states());
    return 'problem' in ready ? sendProblem(reply, ready.problem) : ready;
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
}
