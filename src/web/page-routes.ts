import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** Where `npm run build` puts the bundle; this file runs from dist/src/web. */
const BUNDLE = new URL('../../page/', import.meta.url);

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};

/** The name of an asset changes with what is in it, so a browser need never ask for it again. */
const FOR_EVER = 'public, max-age=31536000, immutable';

/**
 * The live page. Its files hold nothing of any case, so they are open; what they show is asked for with a session. They are
 * read once: a build under a running service changes nothing for it.
 */
export async function pageRoutes(app: FastifyInstance): Promise<void> {
  const assets = await readdir(new URL('assets/', BUNDLE));
  await serve(app, '/', 'index.html', 'no-cache');
  await serve(app, '/icon.svg', 'icon.svg', 'no-cache');
  for (const name of assets) await serve(app, `/assets/${name}`, `assets/${name}`, FOR_EVER);
}

async function serve(app: FastifyInstance, path: string, file: string, cacheControl: string): Promise<void> {
  const content = await readFile(new URL(file, BUNDLE));
  const packed = gzipSync(content, { level: 9 });
  const etag = `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
  const type = TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  app.get(path, ({ headers }, reply) => {
    reply.headers({ 'cache-control': cacheControl, etag, vary: 'accept-encoding' });
    if (headers['if-none-match'] === etag) return reply.code(304).send();
    const takesGzip = /\bgzip\b/.test(headers['accept-encoding'] ?? '');
    if (takesGzip) reply.header('content-encoding', 'gzip');
    return reply.type(type).send(takesGzip ? packed : content);
  });
}
