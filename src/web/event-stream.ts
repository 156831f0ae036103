import type { FastifyInstance } from 'fastify';
import type { ChangeNotices } from './change-notices.js';
import { problem, sendProblem } from './problem.js';
import { principalOf, type Principal } from './session/principal.js';

const MOST_CLIENTS = 64;
/** Keeps proxies from closing a quiet connection, and finds clients that went without a word. */
const HEARTBEAT_MS = 15_000;

/**
 * `GET /api/events`: server-sent events. `hello` at once, then `change` with `{"cases":[id, ...]}` whenever cases changed; the
 * client then reads what it shows again.
 * @returns the function that ends all streams, for the stop of the service
 */
export function eventStream(
  app: FastifyInstance,
  notices: ChangeNotices,
  isStillIn: (principal: Principal) => Promise<boolean>,
): () => void {
  const endings = new Set<() => void>();
  app.get('/api/events', (request, reply) => {
    const principal = principalOf(request);
    if (endings.size >= MOST_CLIENTS) {
      const text = `${String(MOST_CLIENTS)} pages are listening already`;
      return sendProblem(reply, problem(503, 'web.too-many-listeners', text, 'close some of them'));
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const send = (event: string, content: unknown): void => {
      raw.write(`event: ${event}\ndata: ${JSON.stringify(content)}\n\n`);
    };
    const unlisten = notices.listen((notice) => {
      send('change', notice);
    });
    // Who logged out, or is no user any more, hears no more; should that not be known, the client comes again and asks.
    const beat = async (): Promise<void> => {
      if (await isStillIn(principal).catch(() => false)) raw.write(': still here\n\n');
      else end();
    };
    const heartbeat = setInterval(() => void beat(), HEARTBEAT_MS);
    const end = (): void => {
      endings.delete(end);
      clearInterval(heartbeat);
      unlisten();
      raw.end();
    };
    endings.add(end);
    raw.on('close', end);
    raw.on('error', end);
    send('hello', {});
    return reply;
  });
  return () => {
    for (const end of [...endings]) end();
  };
}
