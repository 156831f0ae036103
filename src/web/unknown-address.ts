import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { KnownMethods } from './known-methods.js';
import { problem, sendProblem } from './problem.js';

/** Nothing inline, and no asset whose name changes: it is there also where the bundle is not. */
const NOTHING_HERE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Not found – MQI Communicator</title>
    <link rel="icon" href="/icon.svg" type="image/svg+xml" />
  </head>
  <body>
    <main>
      <h1>There is nothing at this address</h1>
      <p>It may have been mistyped, or belong to another version of this service.</p>
      <p><a href="/">To the cases</a></p>
    </main>
  </body>
</html>
`;

/**
 * Answers what no route answers: a page with a way back to people, problem details to programs. Before the routes are made:
 * it learns from each which methods its address knows.
 */
export function answerUnknown(app: FastifyInstance): void {
  const known = new KnownMethods();
  known.watch(app);
  app.setNotFoundHandler((request, reply) => {
    const methods = known.of(request.url);
    if (methods.length === 0) return nothingHere(request, reply);
    reply.header('allow', methods.join(', '));
    const remedy = `use ${methods.join(' or ')}; see /openapi.json`;
    return sendProblem(reply, problem(405, 'web.wrong-method', 'this address does not know that method', remedy));
  });
}

function nothingHere(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('vary', 'accept');
  if (isOfPerson(request)) return reply.code(404).type('text/html; charset=utf-8').send(NOTHING_HERE);
  return sendProblem(reply, problem(404, 'web.no-such-page', 'there is nothing at this address', 'see /openapi.json'));
}

/** Browsers ask for HTML by name where somebody follows an address; scripts and command lines take anything. */
const isOfPerson = ({ method, url, headers: { accept = '' } }: FastifyRequest): boolean =>
  (method === 'GET' || method === 'HEAD') && !/^\/api(?![^/?])/.test(url) && /\btext\/html\b/i.test(accept);
