import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Certificate } from './certificate.js';

/**
 * How long a client may take: to send its headers, its whole request, and between two requests. One that dribbles bytes
 * is let go; answers that stay open (event streams) are not concerned.
 */
const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16_384,
} as const;
const MOST_CONNECTIONS = 1024;

/** The listening server: encrypted where there is a certificate, which is read again when its files change. */
export function httpServer(handler: RequestListener, certificate: Certificate | null): Server {
  const server =
    certificate === null
      ? createServer(PATIENCE, handler)
      : createTlsServer({ ...PATIENCE, ...certificate.options() }, handler);
  server.maxConnections = MOST_CONNECTIONS;
  if ('setSecureContext' in server) certificate?.follow(server);
  return server;
}
