import { sftpError } from './sftp-error.js';
import type { SftpLimits, SftpOptions } from './sftp-options.js';
import { SftpSession } from './sftp-session.js';

/**
 * The one connection of a target, opened when it is needed, shared by all who need it at a time, and closed when nobody
 * has for a while. A lost one is not mended: its users hear of it, the next one opens another.
 */
export class SftpConnection {
  #opening: Promise<SftpSession> | null = null;
  /** The latest that came about, whether it still lives or not. */
  #opened: SftpSession | null = null;
  #users = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(
    private readonly target: string,
    private readonly options: SftpOptions,
    private readonly limits: SftpLimits,
  ) {}

  /**
   * Work over the connection. What it is told by the server becomes a CaseError. Work must bear being repeated: a
   * connection that was open before may have been ended by the server meanwhile, which shows only when it is used; then
   * the work is done once more over a new one.
   * @throws the signal's reason as soon as it aborts; the work itself then ends with its next step
   */
  async use<T>(signal: AbortSignal, work: (session: SftpSession) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    clearTimeout(this.#idle);
    this.#users += 1;
    const working = this.#work(signal, work);
    // Counted until the work itself has ended, not only its caller: its session must not be closed under it.
    const ended = (): void => {
      this.#users -= 1;
      if (this.#users === 0) this.#closeLater();
    };
    working.then(ended, ended);
    try {
      return await unlessAborted(signal, working);
    } catch (error) {
      throw sftpError(error, this.target);
    }
  }

  async #work<T>(signal: AbortSignal, work: (session: SftpSession) => Promise<T>): Promise<T> {
    const before = this.#opened;
    const session = await this.#session();
    try {
      return await work(session);
    } catch (error) {
      if (session !== before || !session.isLost || signal.aborted) throw error;
      return work(await this.#session());
    }
  }

  async #session(): Promise<SftpSession> {
    const opening = this.#opening;
    if (opening !== null && !(await opening).isLost) return opening;
    // Another caller may have opened one while we looked.
    if (this.#opening === opening) {
      const next = SftpSession.open(this.target, this.options, this.limits);
      this.#opening = next;
      next.then(
        (session) => {
          this.#opened = session;
        },
        () => {
          if (this.#opening === next) this.#opening = null;
        },
      );
    }
    return this.#session();
  }

  #closeLater(): void {
    this.#idle = setTimeout(() => {
      const closing = this.#opening;
      this.#opening = null;
      closing?.then(
        (session) => {
          session.close();
        },
        () => undefined, // it never opened
      );
    }, this.limits.idleMs);
  }
}

function unlessAborted<T>(signal: AbortSignal, working: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', stop, { once: true });
    working.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', stop);
    });
  });
}
