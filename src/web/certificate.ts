import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { operator } from '../domain/errors.js';
import type { Logger } from '../ports/logger.js';

const LOOK_MS = 10_000;
const DAY_MS = 86_400_000;
const SOON_MS = 14 * DAY_MS;

export interface CertificateFiles {
  /** Absolute. */
  readonly certFile: string;
  readonly keyFile: string;
  readonly minVersion: SecureVersion;
}

type Pair = Readonly<Record<'cert' | 'key', string>>;

/**
 * Certificate and key of the page, read again while the server runs: what renews certificates need not know of us. Of two
 * files one is replaced before the other, so a pair that does not fit is not taken; the former one stays until it does.
 */
export class Certificate {
  #pair: Pair;
  /** The pair that was last found not to fit: said once. */
  #refused = '';

  /** Throws operator `web.tls` where the files cannot be used. */
  constructor(
    private readonly files: CertificateFiles,
    private readonly log: Logger,
    private readonly lookMs = LOOK_MS,
  ) {
    try {
      this.#pair = this.#read();
      createSecureContext(this.#pair);
    } catch (cause) {
      throw operator('web.tls', 'the page cannot be served encrypted with these files', {
        cause,
        remedy: 'see that web.tls.certFile and keyFile are PEM, belong together and can be read by the service',
      });
    }
    this.#warnOfEnd();
  }

  options(): SecureContextOptions {
    return { ...this.#pair, minVersion: this.files.minVersion };
  }

  /** Until the server closes. */
  follow(server: Pick<Server, 'setSecureContext' | 'once'>): void {
    const timer = setInterval(() => {
      this.#look(server);
    }, this.lookMs);
    timer.unref();
    server.once('close', () => {
      clearInterval(timer);
    });
  }

  #look(server: Pick<Server, 'setSecureContext'>): void {
    let found = '';
    try {
      const pair = this.#read();
      found = pair.cert + pair.key;
      if (found === this.#pair.cert + this.#pair.key || found === this.#refused) return;
      createSecureContext(pair);
      this.#pair = pair;
      server.setSecureContext(this.options());
    } catch (thrown) {
      if (this.#refused !== found || found === '') this.log.warn('certificate of the web page not taken', {}, thrown);
      this.#refused = found;
      return;
    }
    this.log.info('certificate of the web page renewed');
    this.#warnOfEnd();
  }

  readonly #read = (): Pair => ({
    cert: readFileSync(this.files.certFile, 'utf8'),
    key: readFileSync(this.files.keyFile, 'utf8'),
  });

  #warnOfEnd(): void {
    const leftMs = Date.parse(new X509Certificate(this.#pair.cert).validTo) - Date.now();
    if (leftMs < SOON_MS) {
      this.log.warn('certificate of the web page ends soon', { delayMs: Math.max(0, leftMs) });
    }
  }
}
