import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * Answers in JSON carry a tag of their content, made of what is sent, so after what names a patient was taken out; who has
 * that content already gets 304 (RFC 9110). It is still made anew each time: what is saved is the way and the reading.
 */
export function answerUnchanged(api: FastifyInstance): void {
  api.addHook('onSend', (request, reply, payload, done) => {
    const isTagged =
      request.method === 'GET' &&
      reply.statusCode === 200 &&
      typeof payload === 'string' &&
      String(reply.getHeader('content-type')).startsWith('application/json');
    if (!isTagged) {
      done(null, payload);
      return;
    }
    const etag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`;
    reply.header('etag', etag);
    if (!isKnown(request.headers['if-none-match'], etag)) {
      done(null, payload);
      return;
    }
    reply.code(304).removeHeader('content-type').removeHeader('content-length');
    done(null, '');
  });
}

/** Compared as weak tags, as If-None-Match is. */
export function isKnown(header: string | undefined, etag: string): boolean {
  const known = (header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known.includes('*') || known.includes(etag);
}
