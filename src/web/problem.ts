import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { toCaseError } from '../domain/errors.js';

/** RFC 9457 problem details, as every error of the HTTP interface. */
export interface Problem {
  readonly status: number;
  /** Short and constant for a kind of error. */
  readonly title: string;
  readonly detail: string;
  /** Stable and greppable, as in logs. */
  readonly code: string;
  readonly remedy: string;
  /** Goes out as `Retry-After`. */
  readonly retryAfterSeconds?: number;
  /** Of 401: how people log in here (`web.auth`). */
  readonly auth?: string;
}

const STATUS_BY_CODE: Readonly<Record<string, number>> = {
  'case.not-found': 404,
  'case.refused': 409,
  'case.lost-race': 409,
  'users.crowded': 503,
  'intake.no-such-folder': 404,
  'usage.no-such-target': 400,
  'case.no-such-beam': 404,
  'case.no-such-file': 404,
  'picture.not-there': 404,
  'picture.busy': 503,
};

const TITLES: Readonly<Record<number, string>> = {
  400: 'Wrong request',
  401: 'Not logged in',
  403: 'Not allowed',
  404: 'Not found',
  405: 'Wrong method',
  409: 'Refused in this state',
  413: 'Too large',
  415: 'JSON wanted',
  416: 'No such part',
  429: 'Too many tries',
  500: 'Failed',
  503: 'Not ready',
};

export function problem(status: number, code: string, detail: string, remedy: string): Problem {
  return { status, title: TITLES[status] ?? 'Failed', detail, code, remedy };
}

/** The problem to answer with for anything thrown; the own words of what is not understood stay inside. */
export function problemOf(thrown: unknown): Problem {
  if (thrown instanceof z.ZodError) {
    const detail = thrown.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${wordsOf(issue)}`).join('; ');
    return problem(400, 'web.wrong-request', detail, 'see /openapi.json');
  }
  const status = clientErrorStatus(thrown);
  if (status !== null) {
    return problem(status, 'web.wrong-request', 'the request cannot be understood', 'see /openapi.json');
  }
  const { code, message, remedy } = toCaseError(thrown);
  return problem(STATUS_BY_CODE[code] ?? 500, code, message, remedy);
}

/** A key that is not ours is not said again: it may be anything. */
const wordsOf = ({ code, message }: z.core.$ZodIssue): string =>
  code === 'unrecognized_keys' ? 'holds a key that is not known' : message;

/** Fastify's own refusals (malformed JSON, wrong content type, body too large) carry their status. */
function clientErrorStatus(thrown: unknown): number | null {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return null;
  const { statusCode } = thrown;
  return typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500 ? statusCode : null;
}

export function sendProblem(reply: FastifyReply, answer: Problem): FastifyReply {
  const { status, title, detail, code, remedy, retryAfterSeconds, auth } = answer;
  if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);
  // Wanted by RFC 9110; of this scheme browsers make no dialog of their own.
  if (status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: 'about:blank', title, status, detail, code, remedy, ...(auth !== undefined && { auth }) });
}
