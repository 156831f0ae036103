import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { CaseError, operator, transient } from '../../../domain/errors.js';
import { connectionError } from '../dimse/peer-error.js';
import { readTls, type TlsPaths } from '../dimse/tls-files.js';
import { WebAnswer } from './web-answer.js';

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
  /** Null: the authorities that Node knows, and no certificate of ours. */
  readonly tls: TlsPaths | null;
  /** For a whole request. */
  readonly seconds: number;
}

export interface WebRequest {
  readonly headers: Readonly<Record<string, string>>;
  /** Without a body: GET by default. */
  readonly method?: 'GET' | 'DELETE';
  /** Sent by POST. Streamed: its length must stand among the headers. */
  readonly body?: AsyncIterable<Uint8Array>;
}

/** Connections are kept for the next request; an idle one does not keep the process running. */
const KEPT = { keepAlive: true };

/** Requests to one DICOMweb server. No redirect is followed: the login would go along. */
export class WebClient {
  readonly #isTls: boolean;
  readonly #agent: HttpAgent | HttpsAgent;

  constructor(private readonly options: WebClientOptions) {
    this.#isTls = options.url.startsWith('https:');
    this.#agent = this.#isTls ? new HttpsAgent(KEPT) : new HttpAgent(KEPT);
  }

  /**
   * Asks, and gives the answer as soon as its head has come. A query over a kept connection that turns out to have been ended by
   * the server is asked once more; an object is not sent again, for the server may have it.
   * @throws transient `upload.unavailable`, `upload.timeout`; operator `upload.auth`, `upload.tls`; what the body throws; the
   * signal's reason
   */
  async ask(path: string, request: WebRequest, signal: AbortSignal): Promise<WebAnswer> {
    signal.throwIfAborted();
    const limit = AbortSignal.timeout(this.options.seconds * 1000);
    const both = AbortSignal.any([signal, limit]);
    const failure = (cause: unknown): unknown => this.#failure(cause, signal, limit);
    try {
      const incoming = await this.#asked(path, request, both);
      return new WebAnswer(incoming, failure);
    } catch (error) {
      throw failure(error);
    }
  }

  async #asked(path: string, request: WebRequest, signal: AbortSignal): Promise<IncomingMessage> {
    let outgoing = this.#outgoing(path, request, signal);
    try {
      return await answerTo(outgoing, request.body ?? null);
    } catch (error) {
      if (request.body !== undefined || !outgoing.reusedSocket || signal.aborted) throw error;
      outgoing = this.#outgoing(path, request, signal);
      return await answerTo(outgoing, null);
    }
  }

  #outgoing(path: string, { headers, body, method = 'GET' }: WebRequest, signal: AbortSignal): ClientRequest {
    const { url, target, tls } = this.options;
    const verb = body === undefined ? method : 'POST';
    const common = { method: verb, headers: { ...headers, ...this.#authorization() }, signal, agent: this.#agent };
    if (!this.#isTls) return httpRequest(`${url}${path}`, common);
    const { serverName, ca, cert, key } = tls === null ? NO_FILES : readTls(target, tls);
    const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
    const name = serverName === null ? {} : { servername: serverName };
    return httpsRequest(`${url}${path}`, { ...common, ...files, ...name, minVersion: 'TLSv1.2' });
  }

  #failure(cause: unknown, signal: AbortSignal, limit: AbortSignal): unknown {
    const { target, seconds } = this.options;
    if (cause instanceof CaseError) return cause;
    if (signal.aborted) return signal.reason;
    if (!limit.aborted) return connectionError(target, cause);
    return transient('upload.timeout', `upload target ${target} took longer than ${String(seconds)} s`, { cause });
  }

  /** Read anew for each request: tokens are renewed in their file. */
  #authorization(): Record<string, string> {
    const { user, secretFile, secretEnv } = this.options.login;
    if (secretFile === null && secretEnv === null) return {};
    const text = secretFile === null ? process.env[secretEnv ?? ''] : this.#read(secretFile);
    const secret = text?.split(/\r?\n/)[0] ?? '';
    if (secret === '') throw this.#noSecret('cannot be read');
    if (user !== null) return { authorization: `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}` };
    const token = secret.trim();
    if (!TOKEN.test(token)) throw this.#noSecret('has signs in it that no token has');
    return { authorization: `Bearer ${token}` };
  }

  #read(path: string): string {
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      throw this.#noSecret('cannot be read', cause);
    }
  }

  #noSecret(what: string, cause?: unknown): CaseError {
    return operator('upload.auth', `upload target ${this.options.target}: its password or token ${what}`, {
      cause,
      remedy: 'correct dicomweb.secretFile or secretEnv of the target, then: mqi resume ID',
    });
  }
}

/** What a header takes; a token of RFC 6750 (`b64token`) is made of fewer signs. */
const TOKEN = /^[\x21-\x7e]+$/;

const NO_FILES = { ca: null, cert: null, key: null, serverName: null };

/** The head of the answer. A server may answer before it has taken the whole body; then the rest is not missed. */
function answerTo(outgoing: ClientRequest, body: AsyncIterable<Uint8Array> | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    outgoing.once('response', resolve);
    outgoing.on('error', reject); // once there is an answer, its own reader hears of a broken connection
    if (body === null) outgoing.end();
    else pipeline(body, outgoing).catch(reject);
  });
}

/** What an HTTP status alone says of a failure. */
export function httpFailure(target: string, status: number): CaseError {
  const words = `upload target ${target} answered with HTTP status ${String(status)}`;
  const peerSaid = `HTTP status ${String(status)}`;
  if (status === 401 || status === 403) {
    return operator('upload.auth', words, { peerSaid, remedy: 'correct the login of the target, then: mqi resume ID' });
  }
  if (status === 408 || status === 429 || status >= 500) return transient('upload.unavailable', words, { peerSaid });
  return operator('upload.rejected', words, {
    peerSaid,
    remedy: 'check dicomweb.url of the target and what the server takes, then: mqi resume ID',
  });
}
