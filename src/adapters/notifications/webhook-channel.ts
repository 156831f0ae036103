import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { escapeObeyed } from '../../domain/escape-obeyed.js';
import type { ChannelRule } from '../../domain/notification.js';
import { readSecret } from '../../files/read-secret.js';
import type { Clock } from '../../ports/clock.js';
import type { ChannelReach, NotificationChannel, NotificationMessage } from '../../ports/notification-channel.js';
import { codeOf, isTlsError, notLetIn, refused, unreachable } from './channel-error.js';

export interface WebhookOptions {
  readonly url: string;
  readonly secretFile: string | null;
  readonly secretEnv: string | null;
  readonly ca: string | null;
  readonly timeoutSeconds: number;
  /** Leave to post unencrypted to another machine. */
  readonly insecure: boolean;
}

/** "Come back later" though it is a 4xx. */
const LATER = [408, 425, 429];

/**
 * Posts messages as JSON. The signature is HMAC-SHA256 of `<X-MQI-Timestamp>.<body>`, so that a receiver can refuse what is not
 * ours and what is old; `X-MQI-Message` stays the same when a message is sent again. No redirect is followed.
 */
export class WebhookChannel implements NotificationChannel {
  readonly kind = 'webhook';

  constructor(
    readonly rule: ChannelRule,
    private readonly options: WebhookOptions,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  async send(message: NotificationMessage, signal: AbortSignal): Promise<void> {
    const { name } = this.rule;
    const secret = await this.#secret();
    const body = escapeObeyed(JSON.stringify(bodyOf(message)));
    const timestamp = String(Math.floor(this.clock.now() / 1000));
    const headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      'x-mqi-message': message.id,
      'x-mqi-timestamp': timestamp,
      'x-mqi-signature': `sha256=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`,
    };
    const status = await this.#ask('POST', headers, body, signal);
    if (status >= 200 && status < 300) return;
    const answer = `the server answered ${String(status)}`;
    if (status === 401 || status === 403) throw notLetIn(name, answer);
    throw status >= 500 || LATER.includes(status) ? unreachable(name, answer) : refused(name, answer);
  }

  /** HEAD, which says nothing and starts nothing. Many receivers know POST alone: most refusals of it mean nothing. */
  async check(signal: AbortSignal): Promise<ChannelReach> {
    await this.#secret();
    const status = await this.#ask('HEAD', {}, '', signal);
    return { tried: `HEAD answered ${String(status)}; nothing was posted`, doubt: doubtOf(status) };
  }

  async #secret(): Promise<string> {
    const { url, secretFile, secretEnv, insecure } = this.options;
    const { name } = this.rule;
    if (!insecure && !isProtected(url)) throw refused(name, 'its address is not encrypted');
    const secret = await readSecret({ file: secretFile, variable: secretEnv });
    if (secret === null) throw notLetIn(name, 'its secret cannot be read, or is empty');
    return secret;
  }

  async #ask(
    method: 'POST' | 'HEAD',
    headers: Readonly<Record<string, string>>,
    body: string,
    stop: AbortSignal,
  ): Promise<number> {
    const { url, ca: caFile, timeoutSeconds } = this.options;
    const ca = caFile === null ? undefined : await this.#authorities(caFile);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(timeoutSeconds * 1000)]);
    try {
      return await new Promise<number>((resolve, reject) => {
        const options = { method, headers, signal, agent: false } as const;
        const sent = url.startsWith('https:') ? tlsRequest(url, { ...options, ca }) : plainRequest(url, options);
        sent.on('error', reject);
        sent.on('response', (answer) => {
          // What it says is of no use to us, and may be endless.
          answer.on('error', () => undefined);
          answer.destroy();
          resolve(answer.statusCode ?? 0);
        });
        sent.end(body);
      });
    } catch (thrown) {
      const code = codeOf(thrown);
      if (isTlsError(code)) throw notLetIn(this.rule.name, `TLS failed (${code})`, thrown);
      throw unreachable(this.rule.name, `the server cannot be reached (${code})`, thrown);
    }
  }

  #authorities(file: string): Promise<Buffer> {
    return readFile(file).catch((cause: unknown) => {
      throw notLetIn(this.rule.name, 'the file ca cannot be read', cause);
    });
  }
}

const isProtected = (url: string): boolean =>
  url.startsWith('https:') || /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);

/** By the answer to HEAD; 501 and 405 are how a receiver says that it knows POST alone. */
function doubtOf(status: number): string | null {
  if (status >= 300 && status < 400) return 'it redirects, and no redirect is followed';
  if (status === 404 || status === 410) return 'nothing may be there';
  return status >= 500 && status !== 501 ? 'it is not well' : null;
}

function bodyOf({ id, subject, text, occurrences }: NotificationMessage): object {
  return {
    id,
    subject,
    text,
    events: occurrences.map(({ folder, at, kind, ...rest }) => ({
      event: kind,
      at: new Date(at).toISOString(),
      ...rest,
      ...(folder === null ? {} : { folder }),
    })),
  };
}
