import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { aborted, badPeer, closed, connectionError, timedOut } from './peer-error.js';
import { abortUnit, PDU } from './pdu.js';

export interface Unit {
  readonly type: number;
  readonly body: Buffer;
}

export interface TlsFiles {
  /** Contents of PEM files. */
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  /** The name that the peer's certificate must bear; null: the host's. */
  readonly serverName: string | null;
}

/** Longer than any unit that we ask for; a longer one is no DICOM peer. */
const MAX_UNIT_BYTES = 1024 * 1024;
const HEAD_BYTES = 6;

/**
 * A connection cut into the units of the upper layer. One reader at a time. Units that came before a connection ended are
 * read before its end is told, so an answer that was given counts.
 */
export class PduSocket {
  #chunks: Buffer = Buffer.alloc(0);
  #ended: Error | null = null;
  #wake: (() => void) | null = null;

  constructor(
    private readonly socket: Socket,
    private readonly target: string,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.#chunks = this.#chunks.length === 0 ? chunk : Buffer.concat([this.#chunks, chunk]);
      this.#wake?.();
    });
    socket.on('error', (error) => {
      this.#end(closed(target, error));
      socket.destroy(); // Node leaves a TLS connection open whose certificate the peer refused after the handshake
    });
    socket.on('close', () => {
      this.#end(closed(target));
    });
    socket.on('end', () => {
      this.#end(closed(target));
    });
  }

  /** True until the peer has ended the connection or said something that nobody has asked for. */
  get isQuiet(): boolean {
    return this.#ended === null && this.#chunks.length === 0;
  }

  /**
   * The next unit.
   * @throws transient `upload.timeout`, `upload.aborted`, `upload.protocol`
   */
  async next(stage: string, seconds: number): Promise<Unit> {
    const unit = await this.#within(stage, seconds, () => this.#whole());
    if (unit.type === PDU.abort) throw aborted(this.target);
    return unit;
  }

  /** Sends; settles when the system has taken the bytes, so that no more than what is given is held in memory. */
  async write(given: Buffer | readonly Buffer[], stage: string, seconds: number): Promise<void> {
    if (this.#ended !== null) throw this.#failure(this.#ended);
    const parts = Buffer.isBuffer(given) ? [given] : given;
    if (parts.length === 0) return;
    const sent: { done: boolean } = { done: false };
    this.socket.cork();
    for (const part of parts.slice(0, -1)) this.socket.write(part);
    this.socket.write(parts.at(-1) ?? '', (error) => {
      sent.done = error === null || error === undefined;
      this.#wake?.();
    });
    this.socket.uncork();
    await this.#within(stage, seconds, () => (sent.done ? sent : null));
  }

  /** Ends an association that is of no more use. */
  abort(): void {
    this.#ended ??= closed(this.target);
    if (!this.socket.destroyed && this.socket.writable) this.socket.write(abortUnit());
    this.socket.destroySoon();
  }

  /** Ends a released connection, which is of no more use from now on. */
  close(): void {
    this.#ended ??= closed(this.target);
    this.socket.destroySoon();
  }

  /** Whether this connection alone keeps the process running. */
  hold(process: boolean): void {
    if (process) this.socket.ref();
    else this.socket.unref();
  }

  #end(error: Error): void {
    this.#ended ??= error;
    this.#wake?.();
  }

  #whole(): Unit | null {
    if (this.#chunks.length < HEAD_BYTES) return null;
    const length = this.#chunks.readUInt32BE(2);
    if (length > MAX_UNIT_BYTES) throw badPeer(this.target, 'a unit longer than any allowed');
    if (this.#chunks.length < HEAD_BYTES + length) return null;
    const unit = { type: this.#chunks.readUInt8(0), body: this.#chunks.subarray(HEAD_BYTES, HEAD_BYTES + length) };
    this.#chunks = this.#chunks.subarray(HEAD_BYTES + length);
    return unit;
  }

  /** The abort that a peer sent just before it closed says more than the closing. */
  #failure(ended: Error): Error {
    for (let unit = this.#whole(); unit !== null; unit = this.#whole()) {
      if (unit.type === PDU.abort) return aborted(this.target);
    }
    return ended;
  }

  /** Looks again whenever something has happened on the connection. */
  #within<T>(stage: string, seconds: number, look: () => T | null): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        settle(() => {
          reject(timedOut(this.target, stage, seconds));
        });
      }, seconds * 1000);
      const settle = (tell: () => void): void => {
        clearTimeout(timer);
        this.#wake = null;
        tell();
      };
      const lookAgain = (): void => {
        try {
          const found = look();
          if (found !== null)
            settle(() => {
              resolve(found);
            });
          else if (this.#ended !== null) throw this.#failure(this.#ended);
        } catch (error) {
          settle(() => {
            reject(error instanceof Error ? error : badPeer(this.target, 'unreadable', error));
          });
        }
      };
      this.#wake = lookAgain;
      lookAgain();
    });
  }
}

/**
 * Connects, with TLS where there are files for it; the peer's certificate is always checked.
 * @throws transient `upload.unavailable`, `upload.timeout`; operator `upload.tls`
 */
export function openSocket(
  { target, host, port, tls }: { target: string; host: string; port: number; tls: TlsFiles | null },
  seconds: number,
): Promise<PduSocket> {
  return new Promise((resolve, reject) => {
    const ready = tls === null ? 'connect' : 'secureConnect';
    const socket = tls === null ? connectTcp({ host, port }) : connectTls({ host, port, ...tlsOptions(host, tls) });
    const timer = setTimeout(() => {
      socket.destroy();
      reject(timedOut(target, 'connecting', seconds));
    }, seconds * 1000);
    const fail = (error: Error): void => {
      clearTimeout(timer);
      reject(connectionError(target, error));
    };
    socket.once('error', fail);
    socket.once(ready, () => {
      clearTimeout(timer);
      socket.removeListener('error', fail);
      socket.setNoDelay(true);
      resolve(new PduSocket(socket, target));
    });
  });
}

const tlsOptions = (host: string, { ca, cert, key, serverName }: TlsFiles): object => ({
  minVersion: 'TLSv1.2',
  ...(ca === null ? {} : { ca }),
  ...(cert === null || key === null ? {} : { cert, key }),
  ...nameOf(serverName ?? host),
});

/** SNI takes no IP address; the certificate is then checked against the address. */
const nameOf = (name: string): object => (/^[\d.]+$|:/.test(name) ? {} : { servername: name });
