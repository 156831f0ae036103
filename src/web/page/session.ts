import { computed, signal } from '@preact/signals';
import { ApiError, ask, askJson, useCredentials, wordsOf } from './api.js';
import { texts } from './texts.js';

export type Role = 'viewer' | 'operator' | 'admin';
type Auth = 'token' | 'users' | 'proxy' | 'none';

/** `GET /api/session`. */
export interface Session {
  readonly user: string | null;
  readonly role: Role;
  /** Goes along with everything that is not reading. */
  readonly csrf: string | null;
  readonly auth: Auth;
  readonly seesPatient: boolean;
  readonly insecure: boolean;
  readonly version: string;
}

/** `unknown` until the service has answered; null: nobody is logged in. */
export const session = signal<Session | null | 'unknown'>('unknown');
/** How one logs in here. */
export const loginBy = signal<Auth>('token');
export const loginProblem = signal<string | null>(null);

const present = computed(() => (session.value === 'unknown' ? null : session.value));

/** Whether this person may act on cases; what they may not do is not offered. */
export const mayAct = computed(() => present.value !== null && present.value.role !== 'viewer');

/** Folders are hashes to the others: ordering by them would say nothing, and is not done. */
export const seesPatients = computed(() => present.value?.seesPatient === true);

useCredentials(
  (): Readonly<Record<string, string>> => {
    const csrf = present.peek()?.csrf ?? null;
    return csrf === null ? {} : { 'x-csrf-token': csrf };
  },
  () => {
    session.value = null;
  },
);

/** Asks who one is; the address that `mqi start` shows carries a token behind #, which is taken out of it. */
export async function openSession(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token');
  if (token === null) {
    await openBy(() => askJson<Session>('/api/session'), true);
    return;
  }
  history.replaceState(null, '', `${location.pathname}#/`);
  dispatchEvent(new HashChangeEvent('hashchange'));
  await login({ token });
}

export type Login = { readonly token: string } | { readonly user: string; readonly password: string };

export const login = (given: Login): Promise<void> =>
  openBy(() => askJson<Session>('/api/session', { method: 'POST', body: given }));

export async function logout(): Promise<void> {
  await ask('/api/session', { method: 'DELETE' });
  session.value = null;
}

/** @param isFirst that nobody is logged in yet is then no problem to tell of */
async function openBy(answer: () => Promise<Session>, isFirst = false): Promise<void> {
  loginProblem.value = null;
  try {
    session.value = await answer();
  } catch (thrown) {
    session.value = null;
    const { status, auth } = thrown instanceof ApiError ? thrown.problem : {};
    if (auth !== undefined) loginBy.value = auth;
    if (!isFirst || status !== 401) loginProblem.value = status === 401 ? texts.login.wrong : wordsOf(thrown);
  }
}
