import { withLocalTimes } from './local-times.js';
import { plain } from './plain.js';
import { texts } from './texts.js';

/** What the interface answers with when it refuses (RFC 9457). */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
  /** How one logs in; with status 401. */
  readonly auth?: 'token' | 'users' | 'proxy' | 'none';
}

export class ApiError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.remedy === '' ? problem.detail : `${problem.detail}; ${problem.remedy}`);
    this.name = 'ApiError';
  }
}

/** The service did not answer at all. */
export class Unreachable extends Error {
  constructor(cause: unknown) {
    super(texts.connection.gone, { cause });
    this.name = 'Unreachable';
  }
}

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Headers that say who asks (session.ts sets it). */
let credentials: () => Readonly<Record<string, string>> = () => ({});
let refused: () => void = () => undefined;

/** @param onRefused called when the service no longer knows who asks */
export function useCredentials(given: typeof credentials, onRefused: () => void): void {
  credentials = given;
  refused = onRefused;
}

/** @throws ApiError for a refusal, Unreachable where nobody answers */
export async function ask(path: string, { method = 'GET', body, signal }: Asked = {}): Promise<Response> {
  const content = method === 'POST' ? { 'content-type': 'application/json' } : {};
  const init: RequestInit = { method, headers: { ...content, ...credentials() }, credentials: 'same-origin' };
  if (method === 'POST') init.body = JSON.stringify(body ?? {});
  if (signal !== undefined) init.signal = signal;
  const response = await fetch(path, init).catch((thrown: unknown) => {
    throw signal?.aborted === true ? thrown : new Unreachable(thrown);
  });
  if (response.ok) return response;
  if (response.status === 401) refused();
  throw new ApiError(await problemOf(response));
}

/** Every text in the answer is made plain here, and times in words local, so that no part of the page can forget it. */
export async function askJson<T>(path: string, asked: Asked = {}): Promise<T> {
  return parsed(await (await ask(path, asked)).text()) as T;
}

function parsed(json: string): unknown {
  return JSON.parse(json, (name, value: unknown) =>
    typeof value === 'string' ? plain(withLocalTimes(name, value)) : value,
  );
}

async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  const isProblem = response.headers.get('content-type')?.startsWith('application/problem+json') === true;
  if (!isProblem) return { status, code: 'web.failed', detail: texts.problem.unexplained(status), remedy: '' };
  return { ...(parsed(await response.text()) as Problem), status };
}

/** In words, for the page. */
export function wordsOf(thrown: unknown): string {
  return thrown instanceof ApiError || thrown instanceof Unreachable ? thrown.message : texts.problem.ownFault;
}
