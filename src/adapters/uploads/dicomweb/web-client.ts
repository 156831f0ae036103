import { readFileSync } from 'node:fs';
import { type CaseError, operator, transient } from '../../../domain/errors.js';

/** How requests to a DICOMweb server prove who sends them. Secrets come from files or the environment. */
export interface WebLogin {
  readonly user: string | null;
  /** File or variable of the environment that holds the user's password, or the bearer token when there is no user. */
  readonly secretFile: string | null;
  readonly secretEnv: string | null;
}

export interface WebClientOptions {
  readonly target: string;
  /** Of the DICOMweb services, without slash at the end. */
  readonly url: string;
  readonly login: WebLogin;
  /** For a whole request. */
  readonly seconds: number;
}

/** Requests to one DICOMweb server. No redirect is followed: the login would go along. */
export class WebClient {
  constructor(private readonly options: WebClientOptions) {}

  /**
   * @throws transient `upload.unavailable`, `upload.timeout`; operator `upload.auth`; the signal's reason
   */
  async ask(path: string, init: RequestInit, signal: AbortSignal): Promise<Response> {
    const { url, seconds, target } = this.options;
    const limit = AbortSignal.timeout(seconds * 1000);
    const headers = { ...(init.headers as Record<string, string>), ...this.#authorization() };
    try {
      const both = AbortSignal.any([signal, limit]);
      return await fetch(`${url}${path}`, { ...init, headers, redirect: 'manual', signal: both });
    } catch (cause) {
      signal.throwIfAborted();
      if (limit.aborted) {
        throw transient('upload.timeout', `upload target ${target} took longer than ${String(seconds)} s`, { cause });
      }
      throw transient('upload.unavailable', `upload target ${target} cannot be reached`, { cause });
    }
  }

  /** Read anew for each request: tokens are renewed in their file. */
  #authorization(): Record<string, string> {
    const { user, secretFile, secretEnv } = this.options.login;
    if (secretFile === null && secretEnv === null) return {};
    const secret = secretFile === null ? process.env[secretEnv ?? ''] : this.#read(secretFile);
    if (secret === undefined || secret === '') throw this.#noSecret();
    if (user === null) return { authorization: `Bearer ${secret}` };
    return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
  }

  #read(path: string): string {
    try {
      return readFileSync(path, 'utf8').split('\n')[0]?.trim() ?? '';
    } catch (cause) {
      throw this.#noSecret(cause);
    }
  }

  #noSecret(cause?: unknown): CaseError {
    return operator('upload.auth', `upload target ${this.options.target}: its password or token cannot be read`, {
      cause,
      remedy: 'correct dicomweb.secretFile or secretEnv of the target, then: mqi resume ID',
    });
  }
}

/** What an HTTP status alone says of a failure. */
export function httpFailure(target: string, status: number): CaseError {
  const words = `upload target ${target} answered with HTTP status ${String(status)}`;
  if (status === 401 || status === 403) {
    return operator('upload.auth', words, { remedy: 'correct the login of the target, then: mqi resume ID' });
  }
  if (status === 429 || status >= 500) return transient('upload.unavailable', words);
  return operator('upload.rejected', words, {
    remedy: 'check dicomweb.url of the target and what the server takes, then: mqi resume ID',
  });
}
