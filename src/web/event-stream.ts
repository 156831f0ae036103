import type { ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ChangeNotice, ChangeNotices } from './change-notices.js';
import type { NoteCutOff } from './http-server.js';
import { problem, sendProblem } from './problem.js';
import { principalOf, type Principal } from './session/principal.js';
import { endAtOnce } from './unread-answers.js';

/** Pages of a whole department; each costs a few kilobytes and a write every three seconds. */
const MOST_CLIENTS = 256;
/** By this a page knows that the service lives (it calls what it shows stale after 8 s), and clients that went are found. */
const HEARTBEAT_MS = 3000;
/** Who logged out, or is no user any more, is asked for at every so many beats: 15 s. */
const BEATS_PER_LOOK = 5;
/**
 * Of what is unsent to one page, beside what the system holds for it (some megabytes): a thousand changes. Whoever is that
 * far behind reads nothing, and gets no more: it comes again and reads what it shows anew. One that falls behind by less,
 * but for long, is let go as with every other answer (unread-answers.ts).
 */
const MOST_UNSENT_BYTES = 65_536;

/**
 * `GET /api/events`: server-sent events. `hello` at once, then `change` with `{"cases":[id, ...]}` whenever cases changed; the
 * client then reads what it shows again. Nothing is kept for a client that went: after every `hello` it reads all anew.
 * @returns the function that ends all streams, for the stop of the service
 */
export function eventStream(
  app: FastifyInstance,
  notices: ChangeNotices,
  isStillIn: (principal: Principal) => Promise<boolean>,
  cutOff: NoteCutOff,
): () => void {
  const streams = new Streams(isStillIn, cutOff);
  app.get('/api/events', (request, reply) => {
    if (streams.count >= MOST_CLIENTS) {
      const text = `${String(MOST_CLIENTS)} pages are listening already`;
      return sendProblem(reply, problem(503, 'web.too-many-listeners', text, 'close some of them'));
    }
    reply.hijack();
    streams.open(reply, principalOf(request), notices);
    return reply;
  });
  return () => {
    streams.endAll();
  };
}

interface Stream {
  readonly principal: Principal;
  readonly beat: () => void;
  readonly end: () => void;
}

/** All that listen, on one timer: two hundred pages wake the process once in three seconds, not two hundred times. */
class Streams {
  readonly #open = new Set<Stream>();
  readonly #isStillIn: (principal: Principal) => Promise<boolean>;
  readonly #cutOff: NoteCutOff;
  /** Each notice is made into text once for all who hear it; the same object reaches them one after the other. */
  #said: readonly [ChangeNotice, string] | null = null;
  #timer: NodeJS.Timeout | undefined;
  #beats = 0;

  constructor(isStillIn: (principal: Principal) => Promise<boolean>, cutOff: NoteCutOff) {
    this.#isStillIn = isStillIn;
    this.#cutOff = cutOff;
  }

  get count(): number {
    return this.#open.size;
  }

  endAll(): void {
    for (const stream of [...this.#open]) stream.end();
  }

  open(reply: FastifyReply, principal: Principal, notices: ChangeNotices): void {
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const send = (text: string): void => {
      if (raw.writableLength <= MOST_UNSENT_BYTES) raw.write(text);
      else this.#tooFarBehind(raw);
    };
    const unlisten = notices.listen((notice) => {
      send(this.#textOf(notice));
    });
    const stream: Stream = {
      principal,
      beat: () => {
        send(': still here\n\n');
      },
      end: () => {
        this.#remove(stream);
        unlisten();
        raw.end();
      },
    };
    this.#add(stream);
    raw.on('close', stream.end);
    raw.on('error', stream.end);
    send('event: hello\ndata: {}\n\n');
  }

  /** Its `close`, which follows, takes it from the list. */
  #tooFarBehind({ socket, destroyed }: ServerResponse): void {
    if (socket === null || destroyed) return;
    endAtOnce(socket);
    this.#cutOff('unread');
  }

  #textOf(notice: ChangeNotice): string {
    if (this.#said?.[0] !== notice) {
      this.#said = [notice, `event: change\ndata: ${JSON.stringify(notice)}\n\n`];
    }
    return this.#said[1];
  }

  #add(stream: Stream): void {
    this.#open.add(stream);
    this.#timer ??= setInterval(() => {
      this.#beat();
    }, HEARTBEAT_MS);
  }

  #remove(stream: Stream): void {
    this.#open.delete(stream);
    if (this.#open.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    for (const stream of this.#open) stream.beat();
    this.#beats += 1;
    if (this.#beats % BEATS_PER_LOOK === 0) for (const stream of this.#open) void this.#look(stream);
  }

  /** Should it not be known whether somebody is still in, the client comes again and is asked. */
  async #look(stream: Stream): Promise<void> {
    if (!(await this.#isStillIn(stream.principal).catch(() => false))) stream.end();
  }
}
