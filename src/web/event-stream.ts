import type { FastifyInstance } from 'fastify';
import type { ChangeNotices } from './change-notices.js';
import { problem, sendProblem } from './problem.js';

/** Pages of a whole department; each costs a few kilobytes and a write every three seconds. */
const MOST_CLIENTS = 256;
/** By this a page knows that the service lives (it calls what it shows stale after 8 s), and clients that went are found. */
const HEARTBEAT_MS = 3000;

/**
 * `GET /api/events`: server-sent events. `hello` at once, then `change` with `{"cases":[id, ...]}` whenever cases changed; the
 * client then reads what it shows again.
 * @returns the function that ends all streams, for the stop of the service
 */
export function eventStream(app: FastifyInstance, notices: ChangeNotices): () => void {
  const endings = new Set<() => void>();
  // One timer for all: two hundred pages wake the process once in three seconds, not two hundred times.
  const hearts = new Set<() => void>();
  let beating: NodeJS.Timeout | undefined;
  const beat = (): void => {
    for (const heartbeat of hearts) heartbeat();
  };
  app.get('/api/events', (_request, reply) => {
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
    const heartbeat = (): void => {
      raw.write(': still here\n\n');
    };
    if (hearts.size === 0) beating = setInterval(beat, HEARTBEAT_MS);
    hearts.add(heartbeat);
    const end = (): void => {
      endings.delete(end);
      hearts.delete(heartbeat);
      if (hearts.size === 0) clearInterval(beating);
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
