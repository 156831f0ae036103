import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { once } from 'node:events';

/** What a DICOMweb server does that it should not, once. */
export interface WebMisdeed {
  readonly to: 'stow' | 'qido before' | 'qido after' | 'wado';
  readonly status?: number;
  /** Whether an object that comes is kept all the same. */
  readonly keeps?: boolean;
  /** Body of the answer, for an instance. */
  readonly body?: (uid: string) => unknown;
  readonly instead?: 'close' | 'silence' | 'half the body' | 'no json' | 'other bytes';
}

/** Elements of a STOW answer. */
export const failedBody = (reason: number) => (uid: string) => ({
  '00081198': { vr: 'SQ', Value: [{ '00081155': { Value: [uid] }, '00081197': { Value: [reason] } }] },
});
export const storedBody = (uid: string): unknown => ({
  '00081199': { vr: 'SQ', Value: [{ '00081155': { Value: [uid] } }] },
});

/** What is said in place of a whole answer. */
const WRONG: Readonly<Record<string, (response: ServerResponse, bytes: Buffer, status: number) => void>> = {
  silence: () => undefined,
  close: (response) => {
    response.destroy();
  },
  // Without a length: only the missing end of the last chunk tells that something is missing.
  'half the body': (response, bytes, status) => {
    response.writeHead(status);
    response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
  },
  'no json': (response, _bytes, status) => {
    response.writeHead(status).end('<html>a page of some proxy</html>');
  },
};

/** SOP Instance UID in explicit VR little endian. */
const UID = Buffer.from([8, 0, 0x18, 0, 0x55, 0x49]);
const BETWEEN = Buffer.from('\r\n\r\n');

/**
 * STOW-RS, QIDO-RS and WADO-RS of our own. It keeps each object that it is sent, also a second time under one UID, and answers by
 * what it keeps; except for one misdeed.
 */
export class StoringWeb {
  /** Whole files as they came, by SOP instance UID. */
  readonly kept = new Map<string, Buffer[]>();
  didIt = false;
  port = 0;
  #misdeed: WebMisdeed | null = null;
  #stored = 0;
  readonly #server: ReturnType<typeof createServer> | ReturnType<typeof createTlsServer>;

  /** @param tls for https */
  constructor(tls: ServerOptions | null = null) {
    const take = (request: IncomingMessage, response: ServerResponse): void => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.#answer(request, response, Buffer.concat(chunks));
      });
    };
    this.#server = tls === null ? createServer(take) : createTlsServer(tls, take);
  }

  async start(): Promise<void> {
    await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  async end(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  arm(misdeed: WebMisdeed | null): void {
    this.#misdeed = misdeed;
    this.didIt = false;
    this.#stored = 0;
  }

  #answer({ method, url = '' }: IncomingMessage, response: ServerResponse, body: Buffer): void {
    if (method === 'POST') this.#stow(response, body);
    else if (url.includes('SOPInstanceUID=')) this.#qido(response, url);
    else this.#wado(response, url);
  }

  #stow(response: ServerResponse, body: Buffer): void {
    const file = body.subarray(body.indexOf(BETWEEN) + BETWEEN.length, body.lastIndexOf(Buffer.from('\r\n--')));
    const uid = uidOf(file);
    const due = this.#due('stow');
    if (due === null || due.keeps === true) {
      this.kept.set(uid, [...(this.kept.get(uid) ?? []), file]);
      this.#stored += 1;
    }
    this.#say(response, due, (due?.body ?? storedBody)(uid));
  }

  #qido(response: ServerResponse, url: string): void {
    const due = this.#due(this.#stored === 0 ? 'qido before' : 'qido after');
    const uid = /SOPInstanceUID=([\d.]+)/.exec(url)?.[1] ?? '';
    const found = this.kept.has(uid) ? [{ '00080018': { vr: 'UI', Value: [uid] } }] : [];
    this.#say(response, due, due?.body === undefined ? found : due.body(uid));
  }

  #wado(response: ServerResponse, url: string): void {
    const due = this.#due('wado');
    const file = this.kept.get(/instances\/([\d.]+)$/.exec(url)?.[1] ?? '')?.at(-1);
    if (file === undefined) {
      response.writeHead(404).end();
      return;
    }
    const bytes = Buffer.from(file);
    if (due?.instead === 'other bytes') bytes.fill(7, bytes.length - 100);
    const part = Buffer.concat([Buffer.from('--b\r\nContent-Type: application/dicom\r\n\r\n'), bytes]);
    this.#say(response, due, Buffer.concat([part, Buffer.from('\r\n--b--\r\n')]));
  }

  #say(response: ServerResponse, due: WebMisdeed | null, body: unknown): void {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
    const status = due?.status ?? 200;
    const instead = due?.instead ?? 'nothing';
    if (instead in WRONG) WRONG[instead]?.(response, bytes, status);
    else response.writeHead(status, { 'content-length': bytes.length }).end(bytes);
  }

  /** The misdeed, if it is of this stage and has not been done. */
  #due(to: WebMisdeed['to']): WebMisdeed | null {
    if (this.didIt || this.#misdeed?.to !== to) return null;
    this.didIt = true;
    return this.#misdeed;
  }
}

function uidOf(file: Buffer): string {
  const at = file.indexOf(UID);
  if (at < 0) return '';
  const from = at + UID.length + 2;
  return file.toString('latin1', from, from + file.readUInt16LE(from - 2)).replace(/\0$/, '');
}
