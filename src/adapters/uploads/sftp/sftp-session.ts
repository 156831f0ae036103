import { createConnection, type Socket } from 'node:net';
import type { Client, SFTPWrapper } from 'ssh2';
import type { CaseError } from '../../../domain/errors.js';
import { systemCode } from '../../../files/system-code.js';
import { noLogin, SFTP_STATUS, SftpRefusal, unreachable, wrongKey } from './sftp-error.js';
import { readLogin, type Login } from './sftp-login.js';
import type { SftpLimits, SftpOptions } from './sftp-options.js';

/** How a call to ssh2 answers. */
export type Done<T> = (error?: Error | null, value?: T) => void;

/** A silent peer is noticed within four of these, also while nothing is asked of it. */
const KEEPALIVE_MS = 5_000;

/**
 * One connection with one SFTP channel on it, so neither MaxSessions nor MaxStartups of the server is ever reached.
 * When it is lost, all open calls reject with transient `upload.unavailable`: what became of them is not known. It is
 * never reopened; who needs one opens another.
 */
export class SftpSession {
  readonly #open = new Set<(error: CaseError) => void>();
  #lost: CaseError | null = null;

  private constructor(
    private readonly target: string,
    private readonly client: Client,
    private readonly channel: SFTPWrapper,
    private readonly answerMs: number,
  ) {
    const lost = (): void => {
      this.#end(unreachable(target, 'the connection was lost'));
    };
    client.on('error', lost).on('close', lost).on('end', lost);
    channel.on('close', lost).on('error', lost);
  }

  /** @throws operator `upload.host-key`, `upload.auth`; transient `upload.unavailable` */
  static async open(target: string, options: SftpOptions, limits: SftpLimits): Promise<SftpSession> {
    const login = await readLogin(target, options);
    const socket = await connected(target, options, limits);
    const { default: ssh2 } = await import('ssh2');
    const client = new ssh2.Client();
    try {
      await loggedIn(target, client, socket, { login, limits });
      const channel = await channelOf(target, client, limits);
      return new SftpSession(target, client, channel, limits.answerMs);
    } catch (error) {
      client.destroy();
      socket.destroy();
      throw error;
    }
  }

  get isLost(): boolean {
    return this.#lost !== null;
  }

  /**
   * Asks the server for one thing.
   * @throws SftpRefusal for its refusal; transient `upload.unavailable` when the connection is lost, or no answer comes
   */
  ask<T = void>(call: (channel: SFTPWrapper, done: Done<T>) => void): Promise<T> {
    if (this.#lost !== null) return Promise.reject(this.#lost);
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#end(unreachable(this.target, 'it does not answer'));
      }, this.answerMs);
      const failed = (error: CaseError): void => {
        clearTimeout(timer);
        reject(error);
      };
      this.#open.add(failed);
      const done: Done<T> = (error, value) => {
        if (!this.#open.delete(failed)) return; // answered already: the connection was lost
        clearTimeout(timer);
        if (error === undefined || error === null) resolve(value as T);
        else reject(this.#refusal(error));
      };
      try {
        call(this.channel, done);
      } catch (cause) {
        // ssh2 throws, before it sends anything, for a request that the server has not said it knows.
        done(Object.assign(new Error('not offered', { cause }), { code: SFTP_STATUS.unsupported }));
      }
    });
  }

  close(): void {
    this.#end(unreachable(this.target, 'the connection was closed'));
  }

  /** An error without a status is one of the connection. */
  #refusal(error: Error): Error {
    const status = (error as { code?: unknown }).code;
    if (typeof status === 'number') return new SftpRefusal(status, { cause: error });
    const lost = unreachable(this.target, 'the connection was lost', error);
    this.#end(lost);
    return lost;
  }

  #end(error: CaseError): void {
    if (this.#lost !== null) return;
    this.#lost = error;
    for (const reject of this.#open) reject(error);
    this.#open.clear();
    this.client.end();
    this.client.destroy();
  }
}

/** A TCP connection of our own, so that its end is known whatever ssh2 makes of it. */
function connected(target: string, { host, port }: SftpOptions, { connectMs }: SftpLimits): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, noDelay: true });
    const failed = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(unreachable(target, why, cause));
    };
    const timer = setTimeout(() => {
      failed('it does not answer');
    }, connectMs);
    const onError = (error: Error): void => {
      failed(systemCode(error) ?? 'the connection failed', error);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

function loggedIn(
  target: string,
  client: Client,
  sock: Socket,
  { login: { config, keys, password }, limits }: { readonly login: Login; readonly limits: SftpLimits },
): Promise<void> {
  return new Promise((resolve, reject) => {
    let refused = false;
    const failed = (error?: Error & { level?: string }): void => {
      if (refused) reject(wrongKey(target, 'shows another key than the one in the file knownHosts'));
      else if (error?.level === 'client-authentication') reject(noLogin(target, 'the server refused it'));
      else reject(unreachable(target, 'no SSH connection came about', error));
    };
    client.once('ready', resolve);
    client.on('error', failed); // stays: later errors reach the session, which listens too
    client.once('close', () => {
      failed();
    });
    client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) => {
      // One question is for the password; more (a second factor) cannot be answered by a service.
      finish(prompts.length === 1 && password !== null ? [password] : []);
    });
    client.connect({
      ...config,
      sock,
      readyTimeout: limits.connectMs,
      keepaliveInterval: Math.min(KEEPALIVE_MS, limits.answerMs),
      hostVerifier: (key: Buffer): boolean => {
        refused = !keys.some((known) => known.equals(key));
        return !refused;
      },
    });
  });
}

function channelOf(target: string, client: Client, { answerMs }: SftpLimits): Promise<SFTPWrapper> {
  return new Promise((resolve, reject) => {
    const failed = (why: string, cause?: unknown): void => {
      clearTimeout(timer);
      reject(unreachable(target, why, cause));
    };
    const timer = setTimeout(() => {
      failed('it does not answer');
    }, answerMs);
    client.once('close', () => {
      failed('the connection was lost');
    });
    client.sftp((error, channel) => {
      if (error !== undefined) {
        failed('the server opened no SFTP channel', error);
        return;
      }
      clearTimeout(timer);
      resolve(channel);
    });
  });
}
