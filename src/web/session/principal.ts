import type { FastifyRequest } from 'fastify';
import { bug } from '../../domain/errors.js';
import type { Role } from '../../domain/role.js';

/** Who asks, and what they may. */
export interface Principal {
  /** Null: one who holds the token, or anybody where nobody logs in. */
  readonly user: string | null;
  readonly role: Role;
  /** For the history: `web:NAME`, `web:token` or `web:anyone`. */
  readonly actor: string;
  readonly seesPatients: boolean;
  /** What requests that change something have to carry; null where the browser sends no proof of who asks by itself. */
  readonly csrf: string | null;
  /** Null without a session. */
  readonly sessionId: string | null;
}

/** What a route wants of those who call it. Left out: viewers may read, operators may act. */
export interface RouteAccess {
  readonly role?: Role;
  /** Its answer holds what names a patient and cannot be shown without (files, logs). */
  readonly showsPatient?: boolean;
  /** Each call is written to the audit trail before it is answered. */
  readonly audited?: 'download';
}

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null;
  }
  interface FastifyContextConfig {
    access?: RouteAccess;
  }
}

/** Who asks, in a route that nobody reaches without being let in. */
export function principalOf({ principal }: FastifyRequest): Principal {
  if (principal === null) throw bug('web.no-principal', 'a route was reached by nobody');
  return principal;
}
