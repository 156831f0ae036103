import { readFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { hostname } from 'node:os';
import type { Transporter } from 'nodemailer';
import type { CaseError } from '../../domain/errors.js';
import { escapeObeyed } from '../../domain/escape-obeyed.js';
import type { ChannelRule } from '../../domain/notification.js';
import { readSecret } from '../../files/read-secret.js';
import type { ChannelReach, NotificationChannel, NotificationMessage } from '../../ports/notification-channel.js';
import { codeOf, isTlsError, notLetIn, refused, unreachable } from './channel-error.js';

export interface EmailOptions {
  readonly host: string;
  readonly port: number | null;
  readonly security: 'starttls' | 'tls' | 'none';
  readonly ca: string | null;
  readonly user: string | null;
  readonly passwordFile: string | null;
  readonly passwordEnv: string | null;
  readonly from: string;
  readonly to: readonly string[];
  readonly timeoutSeconds: number;
}

type Transport = Pick<Transporter, 'sendMail' | 'verify'>;

const PORT = { starttls: 587, tls: 465, none: 25 } as const;

/**
 * Sends messages as plain text by SMTP. With `starttls` and `tls` nothing is said in the clear: a server that offers no TLS, or
 * whose certificate does not hold, gets no message and no login. Message-ID stays the same when a message is sent again.
 */
export class EmailChannel implements NotificationChannel {
  readonly kind = 'email';

  constructor(
    readonly rule: ChannelRule,
    private readonly options: EmailOptions,
  ) {}

  async send(message: NotificationMessage, signal: AbortSignal): Promise<void> {
    const { from, to } = this.options;
    await this.#talk(signal, (transport) =>
      transport.sendMail({
        from,
        to: [...to],
        subject: escapeObeyed(message.subject),
        text: message.text,
        messageId: `<${message.id}@${domainOf(from)}>`,
        headers: { 'auto-submitted': 'auto-generated' },
        disableFileAccess: true,
        disableUrlAccess: true,
      }),
    );
  }

  /** Connects, encrypts and logs in, and leaves. Whether it takes mail for these receivers only a message shows. */
  async check(signal: AbortSignal): Promise<ChannelReach> {
    await this.#talk(signal, (transport) => transport.verify());
    const { user, security } = this.options;
    const encrypted = { starttls: ', STARTTLS', tls: ', TLS', none: ', unencrypted' }[security];
    return { tried: `connected${encrypted}, EHLO${user === null ? '' : ', logged in'}`, doubt: null };
  }

  async #talk(signal: AbortSignal, work: (transport: Transport) => Promise<unknown>): Promise<void> {
    // Ours, so that it can be ended: nodemailer does not end a conversation under way.
    const socket = new Socket();
    const transport = await this.#transport(socket);
    const end = (): void => {
      socket.destroy(new Error('the service stops'));
    };
    signal.throwIfAborted();
    signal.addEventListener('abort', end, { once: true });
    try {
      await work(transport);
    } catch (thrown) {
      throw this.#translated(thrown);
    } finally {
      signal.removeEventListener('abort', end);
      socket.destroy();
    }
  }

  async #transport(socket: Socket): Promise<Transport> {
    // Loaded by those who send mail only.
    const { createTransport } = await import('nodemailer');
    const { host, port, security, ca, user, timeoutSeconds } = this.options;
    const timeoutMs = timeoutSeconds * 1000;
    return createTransport({
      socket,
      host,
      port: port ?? PORT[security],
      secure: security === 'tls',
      requireTLS: security === 'starttls',
      ignoreTLS: security === 'none',
      name: hostname(),
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      tls: { minVersion: 'TLSv1.2', ...(ca === null ? {} : { ca: await this.#authorities(ca) }) },
      ...(user === null ? {} : { auth: { user, pass: await this.#password() } }),
    });
  }

  async #password(): Promise<string> {
    const { passwordFile, passwordEnv } = this.options;
    const password = await readSecret({ file: passwordFile, variable: passwordEnv });
    if (password === null) throw notLetIn(this.rule.name, 'its password cannot be read, or is empty');
    return password;
  }

  #authorities(file: string): Promise<Buffer> {
    return readFile(file).catch((cause: unknown) => {
      throw notLetIn(this.rule.name, 'the file ca cannot be read', cause);
    });
  }

  /** By the code and the number of the answer alone: its text may quote receivers and the message. */
  #translated(thrown: unknown): CaseError {
    const { name } = this.rule;
    const code = codeOf(thrown);
    const answer = responseCode(thrown);
    const said = answer === null ? code : `${code}, answer ${String(answer)}`;
    if (code === 'EAUTH') return notLetIn(name, `the mail server refuses the login (${said})`, thrown);
    if (isTlsError(code)) return notLetIn(name, `TLS with the mail server failed (${said})`, thrown);
    if (answer !== null && answer >= 500) return refused(name, `the mail server refuses (${said})`, thrown);
    return unreachable(name, `the mail server cannot be reached or asks to come later (${said})`, thrown);
  }
}

const domainOf = (address: string): string => address.slice(address.indexOf('@') + 1);

function responseCode(thrown: unknown): number | null {
  const answered = thrown instanceof Error && 'responseCode' in thrown ? thrown.responseCode : null;
  return typeof answered === 'number' ? answered : null;
}
