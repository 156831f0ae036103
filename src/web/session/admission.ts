import { createHmac, randomBytes } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { isAtLeast, userName, type Role } from '../../domain/role.js';
import type { Users } from '../../ports/users.js';
import { bearerOf, isReading, isSame, type Access } from '../access.js';
import { problem, type Problem } from '../problem.js';
import { clientAddress, isFromProxy } from './client-address.js';
import { sessionIdOf } from './cookie.js';
import type { GuessGuard } from './guess-guard.js';
import type { LoginNotes } from './login-notes.js';
import type { Principal } from './principal.js';
import type { Session, Sessions } from './sessions.js';

/** The account that guesses at the token count on. */
export const TOKEN_ACCOUNT = 'token:';

export interface Admitting {
  readonly access: Access;
  readonly sessions: Sessions;
  readonly users: Pick<Users, 'find'>;
  readonly guard: GuessGuard;
  readonly notes: LoginNotes;
}

type Found = { readonly principal: Principal } | { readonly refusal: Problem };

/** Lets requests in: by the token, by a session, by the word of the trusted proxy, or because nobody has to log in. */
export class Admission {
  /** New with each start, as sessions are. */
  readonly #secret = randomBytes(32);

  constructor(private readonly parts: Admitting) {}

  /** Who asks; a problem where that is nobody, or they may not ask this way. */
  async admit(request: FastifyRequest): Promise<Found> {
    const found = await this.#found(request);
    if ('refusal' in found) return found;
    const { csrf } = found.principal;
    const given = request.headers['x-csrf-token'];
    if (csrf === null || isReading(request.method)) return found;
    return typeof given === 'string' && isSame(given, csrf) ? found : { refusal: forged() };
  }

  /** Whether who was let in would be let in now; does not count as use of the session. */
  async isStillIn({ sessionId }: Principal): Promise<boolean> {
    if (sessionId === null) return true;
    const session = this.parts.sessions.look(sessionId);
    return session !== null && (await this.#ofSession(sessionId, session)) !== null;
  }

  principal(user: string | null, role: Role, session: { id: string; csrf: string } | null): Principal {
    return {
      user,
      role,
      actor: `web:${user ?? 'token'}`,
      seesPatients: isAtLeast(role, this.parts.access.patientsFor),
      csrf: session?.csrf ?? null,
      sessionId: session?.id ?? null,
    };
  }

  async #found(request: FastifyRequest): Promise<Found> {
    const { auth } = this.parts.access;
    if (auth === 'none') return { principal: { ...this.principal(null, 'admin', null), actor: 'web:anyone' } };
    const bearer = bearerOf(request);
    if (bearer !== null) return this.#byToken(request, bearer);
    const bySession = await this.#bySession(request);
    if (bySession !== null) return { principal: bySession };
    if (auth === 'proxy' && isFromProxy(request, this.parts.access)) return this.#byProxy(request);
    return { refusal: notLoggedIn(auth) };
  }

  /**
   * The right token is let in also while guesses from this address are locked out: with 192 random bits guessing is
   * hopeless, and a script must not stand still because of a guesser beside it.
   */
  async #byToken(request: FastifyRequest, given: string): Promise<Found> {
    const { access, guard, notes } = this.parts;
    if (access.token !== null && isSame(given, access.token)) return { principal: this.principal(null, 'admin', null) };
    const address = clientAddress(request, access);
    const { waitMs, isLast } = guard.begin(address, TOKEN_ACCOUNT);
    if (waitMs !== null) return { refusal: lockedOut(waitMs) };
    await notes.refused('token', address, isLast);
    return { refusal: notLoggedIn(access.auth) };
  }

  async #bySession(request: FastifyRequest): Promise<Principal | null> {
    const id = sessionIdOf(request.headers.cookie);
    const session = id === null ? null : this.parts.sessions.use(id);
    return id === null || session === null ? null : this.#ofSession(id, session);
  }

  /** A user who is gone, or has another password, has no session any more; the role is the one of now. */
  async #ofSession(id: string, { user, stamp, csrf }: Session): Promise<Principal | null> {
    if (user === null) return this.principal(null, 'admin', { id, csrf });
    const known = await this.parts.users.find(user);
    if (known?.stamp === stamp) return this.principal(user, known.role, { id, csrf });
    this.parts.sessions.end(id);
    return null;
  }

  async #byProxy(request: FastifyRequest): Promise<Found> {
    const { proxy, auth } = this.parts.access;
    const header = proxy === null ? undefined : request.headers[proxy.userHeader];
    const name = typeof header === 'string' ? userName(header) : null;
    if (name === null) return { refusal: notLoggedIn(auth) };
    const role = (await this.parts.users.find(name))?.role ?? proxy?.roleOfOthers ?? null;
    if (role === null) return { refusal: unknownHere() };
    // The proxy adds its header to whatever the browser sends, also when another page makes it send.
    const csrf = createHmac('sha256', this.#secret).update(name).digest('base64url');
    return { principal: { ...this.principal(name, role, null), csrf } };
  }
}

/** What keeps this one from this route; null when nothing does. */
export function forbidden({ role, seesPatients }: Principal, request: FastifyRequest): Problem | null {
  const { role: wanted = isReading(request.method) ? 'viewer' : 'operator', showsPatient = false } =
    request.routeOptions.config.access ?? {};
  if (!isAtLeast(role, wanted)) {
    return problem(403, 'web.forbidden', `this is for the role ${wanted}`, 'ask one who has that role');
  }
  if (!showsPatient || seesPatients) return null;
  return problem(403, 'web.forbidden', 'this may name a patient', 'ask one whose role sees patients (web.patientsFor)');
}

export const lockedOut = (waitMs: number): Problem => ({
  ...problem(429, 'web.locked-out', 'there were too many wrong guesses from your address', 'wait, then try again'),
  retryAfterSeconds: Math.ceil(waitMs / 1000),
});

const forged = (): Problem =>
  problem(403, 'web.csrf', 'the request does not come from the page', 'send csrf of /api/session as X-CSRF-Token');

const unknownHere = (): Problem =>
  problem(403, 'web.forbidden', 'you are not among the users here', 'ask for: mqi user add NAME --no-password');

const LOGIN_REMEDY: Readonly<Record<Access['auth'], string>> = {
  token: 'open the address that mqi start shows, or send the content of web-token as Authorization: Bearer',
  users: 'log in, or send the content of web-token as Authorization: Bearer',
  proxy: 'come through the server that looks after logins',
  none: 'reload the page',
};

export const notLoggedIn = (auth: Access['auth']): Problem => ({
  ...problem(401, 'web.no-token', 'the token or the login is missing or wrong', LOGIN_REMEDY[auth]),
  auth,
});
