import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { userName, type Role } from '../../domain/role.js';
import type { Users } from '../../ports/users.js';
import { isSame, type Access } from '../access.js';
import { loginBody } from '../interface/requests.js';
import { problem, sendProblem } from '../problem.js';
import { lockedOut, notLoggedIn, TOKEN_ACCOUNT, type Admission, type Admitting } from './admission.js';
import { clientAddress, isEncrypted } from './client-address.js';
import { noCookie, sessionCookie, sessionIdOf } from './cookie.js';
import type { Principal } from './principal.js';

type Login = z.output<typeof loginBody>;

/** Who is logged in: what the page needs to know of them. */
export interface SessionView {
  readonly user: string | null;
  readonly role: Role;
  readonly csrf: string | null;
  readonly auth: Access['auth'];
  readonly seesPatient: boolean;
  readonly insecure: boolean;
  readonly version: string;
}

export interface SessionParts extends Admitting {
  readonly admission: Admission;
  readonly users: Pick<Users, 'find' | 'withPassword'>;
  readonly version: string;
}

/** `/api/session`: who am I, log in, log out. Open: each looks for itself who asks. */
export function sessionRoutes(app: FastifyInstance, parts: SessionParts): void {
  const { access, admission, sessions } = parts;
  app.get('/api/session', async (request, reply) => {
    const found = await admission.admit(request);
    return 'refusal' in found ? sendProblem(reply, found.refusal) : viewOf(parts, found.principal);
  });
  app.post('/api/session', async (request, reply) => logIn(parts, request, reply));
  app.delete('/api/session', async (request, reply) => {
    const found = await admission.admit(request);
    if ('refusal' in found) return sendProblem(reply, found.refusal);
    const { sessionId, actor } = found.principal;
    if (sessionId !== null) {
      sessions.end(sessionId);
      await parts.notes.loggedOut(actor, clientAddress(request, access));
    }
    return reply
      .header('set-cookie', noCookie(isEncrypted(request, access)))
      .code(204)
      .send();
  });
}

async function logIn(parts: SessionParts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { access, guard, sessions, admission } = parts;
  if (access.auth === 'none') return viewOf(parts, admission.principal(null, 'admin', null));
  const login = loginBody.parse(request.body);
  if ('user' in login && access.auth !== 'users') return sendProblem(reply, noPasswords());
  const address = clientAddress(request, access);
  const account = accountOf(login);
  const { waitMs, isLast } = guard.begin(address, account);
  if (waitMs !== null) return sendProblem(reply, lockedOut(waitMs));
  const found = await whoIs(parts, login);
  if (found === null) {
    await parts.notes.refused(await knownName(parts, login), address, isLast);
    return sendProblem(reply, notLoggedIn(access.auth));
  }
  guard.succeeded(address, account);
  await parts.notes.loggedIn(`web:${found.user ?? 'token'}`, address);
  const former = sessionIdOf(request.headers.cookie);
  if (former !== null) sessions.end(former);
  // Always a new id: one that somebody put into the browser before is worth nothing.
  const { id, session } = sessions.begin(found.user, found.stamp);
  void reply.header('set-cookie', sessionCookie(id, isEncrypted(request, access)));
  return viewOf(parts, admission.principal(found.user, found.role, { id, csrf: session.csrf }));
}

type Known = Pick<Principal, 'user' | 'role'> & { readonly stamp: string | null };

async function whoIs({ access, users }: SessionParts, login: Login): Promise<Known | null> {
  if ('token' in login) {
    const isRight = access.token !== null && isSame(login.token.trim(), access.token);
    return isRight ? { user: null, role: 'admin', stamp: null } : null;
  }
  const user = await users.withPassword(login.user, login.password);
  return user === null ? null : { user: user.name, role: user.role, stamp: user.stamp };
}

/** Whose login failed; null where there is no such user. */
async function knownName({ users }: SessionParts, login: Login): Promise<string | null> {
  return 'token' in login ? 'token' : ((await users.find(login.user))?.name ?? null);
}

const accountOf = (login: Login): string => ('token' in login ? TOKEN_ACCOUNT : (userName(login.user) ?? ''));

const viewOf = ({ access, version }: SessionParts, { user, role, csrf, seesPatients }: Principal): SessionView => ({
  user,
  role,
  csrf,
  auth: access.auth,
  seesPatient: seesPatients,
  insecure: access.insecure,
  version,
});

const noPasswords = (): ReturnType<typeof problem> =>
  problem(400, 'web.no-passwords', 'nobody logs in by password here', 'set web.auth to users');
