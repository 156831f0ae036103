import { computed, signal } from '@preact/signals';
import { ApiError, askJson, useCredentials, wordsOf } from './api.js';

export type Role = 'viewer' | 'operator' | 'admin';

/** `GET /api/session`. */
export interface Session {
  readonly user: string | null;
  readonly role: Role;
  /** Goes along with everything that changes something. */
  readonly csrf: string | null;
  readonly auth: 'token' | 'users' | 'proxy' | 'none';
  readonly seesPatient: boolean;
  readonly insecure: boolean;
  readonly version: string;
}

/** `unknown` until the service has answered; null: nobody is logged in. */
export const session = signal<Session | null | 'unknown'>('unknown');
export const loginProblem = signal<string | null>(null);

/** Whether this person may act on cases; what they may not do is not offered. */
export const mayAct = computed(() => {
  const now = session.value;
  return now !== null && now !== 'unknown' && now.role !== 'viewer';
});

const TOKEN = 'mqi-token';
/** Where the service has no sessions yet, the token goes along with each request. */
let bearer = sessionStorage.getItem(TOKEN);

/** True where requests carry the token themselves, since there is no session whose cookie would. */
export const carriesToken = (): boolean => bearer !== null;

useCredentials(
  () => {
    const now = session.value;
    const csrf = now !== null && now !== 'unknown' ? now.csrf : null;
    return {
      ...(csrf === null ? {} : { 'x-csrf-token': csrf }),
      ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
    };
  },
  () => {
    session.value = null;
  },
);

/** Asks who one is; the address that `mqi start` shows carries a token behind #, which is taken out of it. */
export async function openSession(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token !== null) {
    history.replaceState(null, '', `${location.pathname}#/`);
    dispatchEvent(new HashChangeEvent('hashchange'));
    await login({ token });
    return;
  }
  try {
    session.value = await askJson<Session>('/api/session');
  } catch (thrown) {
    await withoutSessions(thrown);
  }
}

export type Login = { readonly token: string } | { readonly user: string; readonly password: string };

export async function login(given: Login): Promise<void> {
  loginProblem.value = null;
  try {
    session.value = await askJson<Session>('/api/session', { method: 'POST', body: given });
  } catch (thrown) {
    if ('token' in given && isMissing(thrown)) {
      bearer = given.token;
      sessionStorage.setItem(TOKEN, bearer);
      await withoutSessions(thrown);
    } else {
      session.value = null;
      loginProblem.value = wordsOf(thrown);
    }
  }
}

export async function logout(): Promise<void> {
  await askJson('/api/session', { method: 'DELETE' });
  session.value = null;
}

const isMissing = (thrown: unknown): boolean => thrown instanceof ApiError && thrown.problem.status === 404;

/** A service without `/api/session`: whoever has the token may do everything. */
async function withoutSessions(thrown: unknown): Promise<void> {
  if (thrown instanceof ApiError && thrown.problem.status === 401) {
    session.value = null;
    return;
  }
  if (!isMissing(thrown)) {
    loginProblem.value = wordsOf(thrown);
    return;
  }
  try {
    await askJson('/api/cases?limit=1');
    session.value = {
      user: null,
      role: 'admin',
      csrf: null,
      auth: 'token',
      seesPatient: true,
      insecure: false,
      version: '',
    };
  } catch (again) {
    session.value = null;
    if (bearer !== null) loginProblem.value = wordsOf(again);
  }
}
