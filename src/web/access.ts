import { createHash, timingSafeEqual } from 'node:crypto';
import { isIP, type BlockList } from 'node:net';
import { hostname } from 'node:os';
import type { FastifyRequest } from 'fastify';
import type { Role } from '../domain/role.js';
import { problem, type Problem } from './problem.js';

export type AuthKind = 'token' | 'users' | 'proxy' | 'none';

/** A server before ours that people pass through; what it says is believed only from its own addresses. */
export interface TrustedProxy {
  readonly addresses: Pick<BlockList, 'check'>;
  /** Lower case. Only with auth `proxy`. */
  readonly userHeader: string;
  /** Of people it names whom we do not know; null: they are refused. */
  readonly roleOfOthers: Role | null;
}

/** Who may come in, and how. Null token: `web.auth: none`. */
export interface AccessRule {
  readonly token: string | null;
  /** Bound to loopback: then only loopback names are believed in the Host header (against DNS rebinding). */
  readonly loopback: boolean;
  /** Left out: by token, or none where there is no token. */
  readonly auth?: AuthKind;
  /** Further names in the Host header. */
  readonly names?: readonly string[];
  readonly proxy?: TrustedProxy | null;
  /** Ends a session that was not used so long. */
  readonly idleMs?: number;
  /** Ends any session. */
  readonly longestMs?: number;
  /** The least role that sees patients. */
  readonly patientsFor?: Role;
  /** Served by TLS of ours. */
  readonly tls?: boolean;
  /** Reached from other machines without protection: pages show a banner. */
  readonly insecure?: boolean;
}
export type Access = Required<AccessRule>;

const HOUR_MS = 3_600_000;

export const accessOf = (rule: AccessRule): Access => ({
  auth: rule.token === null ? 'none' : 'token',
  names: [],
  proxy: null,
  idleMs: HOUR_MS,
  longestMs: 12 * HOUR_MS,
  patientsFor: 'operator',
  tls: false,
  insecure: false,
  ...rule,
});

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]'];

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

/**
 * A page of another origin must not be able to use a browser of this machine: it would name its own host (rebinding), or
 * its own origin.
 */
export function foreignRequest({ headers, method }: FastifyRequest, access: Access): Problem | null {
  const host = headers.host ?? '';
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (!isOurName(name, access)) {
    const remedy = access.loopback
      ? 'open the page as http://127.0.0.1:PORT/, or add this name to web.names'
      : 'open the page by the address of the machine, or add this name to web.names';
    return problem(403, 'web.foreign-host', 'this address is not served', remedy);
  }
  const { origin } = headers;
  if (!isReading(method) && origin !== undefined && hostOf(origin) !== host.toLowerCase()) {
    return problem(403, 'web.foreign-origin', 'requests from other pages are refused', 'use the page of this service');
  }
  return null;
}

export const isReading = (method: string): boolean => method === 'GET' || method === 'HEAD';

/** No rebound name is an address: beyond loopback any address will do, and the names we know of. */
function isOurName(name: string, { loopback, names }: Access): boolean {
  if (LOOPBACK_NAMES.includes(name) || isLoopback(name) || names.includes(name)) return true;
  return !loopback && (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name === hostname().toLowerCase());
}

/** What stands after `Authorization: Bearer`; null where that is not sent. */
export function bearerOf({ headers }: FastifyRequest): string | null {
  const { authorization } = headers;
  return authorization === undefined ? null : (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
}

/** Digests are compared, so neither length nor content shows in the time taken. */
export const isSame = (given: string, wanted: string): boolean => timingSafeEqual(digest(given), digest(wanted));

/**
 * Only JSON: no form of another page can send that without asking first (CORS preflight, which is not answered). A request
 * without body may leave the type out if it brings the token in its header, which no form can send either.
 */
export function notJson(request: FastifyRequest): Problem | null {
  const { headers, method } = request;
  if (isReading(method) || method === 'OPTIONS' || method === 'DELETE') return null;
  const type = headers['content-type'];
  if (type === undefined && hasNoBody(request) && bearerOf(request) !== null) return null;
  if (/^application\/json\b/i.test(type ?? '')) return null;
  return problem(415, 'web.not-json', 'the body must be JSON', 'send Content-Type: application/json');
}

const hasNoBody = ({ headers }: FastifyRequest): boolean =>
  headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0;

function hostOf(origin: string): string | null {
  return URL.canParse(origin) ? new URL(origin).host.toLowerCase() : null;
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
