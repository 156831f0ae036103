import { readFile } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';

/** Kept as they are in src/web/page; from dist/src/web that is three folders up and down again. */
const PAGE = new URL('../../../src/web/page/', import.meta.url);

const FILES = [
  { path: '/', file: 'index.html', type: 'text/html; charset=utf-8' },
  { path: '/page.css', file: 'page.css', type: 'text/css; charset=utf-8' },
  { path: '/page.js', file: 'page.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page-detail.js', file: 'page-detail.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page-gpus.js', file: 'page-gpus.js', type: 'text/javascript; charset=utf-8' },
  { path: '/page-elements.js', file: 'page-elements.js', type: 'text/javascript; charset=utf-8' },
  { path: '/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
] as const;

/** The live page. Its files hold nothing of any case, so they are open; what they show is asked for with the token. */
export async function pageRoutes(app: FastifyInstance): Promise<void> {
  for (const { path, file, type } of FILES) {
    const content = await readFile(new URL(file, PAGE));
    app.get(path, (_request, reply) => reply.type(type).header('cache-control', 'no-cache').send(content));
  }
}
