import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { problem, type Problem } from './problem.js';

/** Who may come in. Null token: `web.auth: none`, which only a loopback address allows. */
export interface AccessRule {
  readonly token: string | null;
  /** Bound to loopback: then only loopback names are believed in the Host header (against DNS rebinding). */
  readonly loopback: boolean;
}

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * A page of another origin must not be able to use a browser of this machine: it would name its own host (rebinding), or
 * its own origin.
 */
export function foreignRequest({ headers, method }: FastifyRequest, { loopback }: AccessRule): Problem | null {
  const host = headers.host ?? '';
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (loopback && !LOOPBACK_NAMES.includes(name) && !isLoopback(name)) {
    return problem(403, 'web.foreign-host', 'this address is not served', 'open the page as http://127.0.0.1:PORT/');
  }
  const { origin } = headers;
  if (method !== 'GET' && origin !== undefined && hostOf(origin) !== host.toLowerCase()) {
    return problem(403, 'web.foreign-origin', 'requests from other pages are refused', 'use the page of this service');
  }
  return null;
}

/** Null when the request carries the token. Digests are compared, so neither length nor content shows in the time taken. */
export function missingToken({ headers }: FastifyRequest, { token }: AccessRule): Problem | null {
  if (token === null) return null;
  const [, given = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
  if (timingSafeEqual(digest(given), digest(token))) return null;
  return problem(
    401,
    'web.no-token',
    'the token is missing or wrong',
    'open the address that mqi start shows, or send the content of web-token as Authorization: Bearer',
  );
}

/** Only JSON: no form of another page can send that without asking first (CORS preflight, which is not answered). */
export function notJson({ headers, method }: FastifyRequest): Problem | null {
  if (method !== 'POST' || /^application\/json\b/i.test(headers['content-type'] ?? '')) return null;
  return problem(415, 'web.not-json', 'the body must be JSON', 'send Content-Type: application/json');
}

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : null;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
