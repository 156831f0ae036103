import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { CutOff } from '../ports/metrics.js';
import type { Certificate } from './certificate.js';
import { endAtOnce, UnreadAnswers, type ReadingPatience } from './unread-answers.js';

/**
 * How long a client may take: to agree on encryption, to send its headers, its whole request, between two requests, and to
 * read what it is answered. One that dribbles bytes is let go, as is one that does not read.
 */
export interface Patience extends ReadingPatience {
  readonly handshakeTimeout: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
}
export const PATIENCE: Patience = {
  handshakeTimeout: 10_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  unreadMs: 60_000,
  leastBytes: 16_384,
  lookMs: 10_000,
};
const LONGEST_HEADERS = 16_384;
/** Twice the pages that may listen. Fewer than the files that a process may open where that is limited to 1,024. */
const MOST_CONNECTIONS = 512;
/** Of one connection. Browsers and proxies send the next when the last is answered; answers wait in memory for each other. */
const MOST_REQUESTS_AT_ONCE = 16;

/** Takes note of a client that was cut off. */
export type NoteCutOff = (why: CutOff) => void;

/** The listening server: encrypted where there is a certificate, which is read again when its files change. */
export function httpServer(
  handler: RequestListener,
  certificate: Certificate | null,
  patience: Patience,
  note: NoteCutOff,
): Server {
  const options = { ...patience, maxHeaderSize: LONGEST_HEADERS };
  const limited = oneAfterTheOther(handler, note);
  const server =
    certificate === null
      ? createServer(options, limited)
      : createTlsServer({ ...options, ...certificate.options() }, limited);
  server.maxConnections = MOST_CONNECTIONS;
  server.on('drop', () => {
    note('connections');
  });
  server.on('clientError', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'ERR_HTTP_REQUEST_TIMEOUT') note('slow-request');
  });
  new UnreadAnswers(patience, (socket) => {
    endAtOnce(socket);
    note('unread');
  }).watch(server);
  if ('setSecureContext' in server) certificate?.follow(server);
  return server;
}

/** Ends a connection on which so many requests are sent without waiting for an answer that nobody could mean it. */
function oneAfterTheOther(handler: RequestListener, note: NoteCutOff): RequestListener {
  const unanswered = new WeakMap<Socket, number>();
  const change = (socket: Socket, by: number): number => {
    const count = (unanswered.get(socket) ?? 0) + by;
    unanswered.set(socket, count);
    return count;
  };
  return (request, response) => {
    const { socket } = request;
    if (socket.destroyed) return;
    response.once('close', () => {
      change(socket, -1);
    });
    if (change(socket, 1) > MOST_REQUESTS_AT_ONCE) {
      endAtOnce(socket);
      note('requests');
    } else {
      handler(request, response);
    }
  };
}
