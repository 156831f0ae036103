import type { FastifyInstance } from 'fastify';

interface Known {
  readonly path: RegExp;
  readonly methods: readonly string[];
}

/** Which methods each address of the interface knows, so that a wrong method is told from a wrong address (RFC 9110, 15.5.6). */
export class KnownMethods {
  readonly #routes: Known[] = [];

  /** Sees the routes that are registered from now on. */
  watch(app: FastifyInstance): void {
    app.addHook('onRoute', ({ url, method }) => {
      this.#routes.push({ path: pathOf(url), methods: [method].flat() });
    });
  }

  /** @param url as it was asked for, with its query @returns for the header Allow; empty: there is no such address */
  of(url: string): readonly string[] {
    const path = url.replace(/\?.*$/s, '');
    const methods = this.#routes.filter((known) => known.path.test(path)).flatMap((known) => known.methods);
    return [...new Set(methods)].sort();
  }
}

/** `/api/cases/:id` as an expression; a parameter is one segment, a star whatever follows. */
function pathOf(url: string): RegExp {
  const source = url
    .split(/(:\w+|\*)/)
    .map((part) => {
      if (part.startsWith(':')) return '[^/]+';
      return part === '*' ? '.*' : part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`);
    })
    .join('');
  return new RegExp(`^${source}$`);
}
