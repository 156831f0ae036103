import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { EmailChannel } from '../../../src/adapters/notifications/email-channel.js';
import { CaseError } from '../../../src/domain/errors.js';
import { messageOf } from '../../../src/workflow/notifications/notice-text.js';
import { aChannelRule, anOccurrence } from '../../builders/a-channel-rule.js';
import { certificate } from '../../certificates.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const message = messageOf({ id: 'm1', subject: 'MQI: {summary}', occurrences: [anOccurrence({ folder: null })] });
const never = new AbortController().signal;

interface Mail {
  readonly from: string;
  readonly to: readonly string[];
  readonly secure: boolean;
  readonly text: string;
}

describe('a mail server', () => {
  const folder = tempFolder();
  let files: ReturnType<typeof certificate>;
  let server: SMTPServer | null = null;
  let mails: Mail[];

  const serve = async (options: SMTPServerOptions = {}): Promise<number> => {
    const started = new SMTPServer({
      cert: readFileSync(files.cert),
      key: readFileSync(files.key),
      disableReverseLookup: true,
      authOptional: true,
      onAuth: ({ username, password }, _session, done) => {
        if (username === 'mqi' && password === 'right') done(null, { user: username });
        else done(new Error('no'));
      },
      onData: (stream, { envelope, secure }, done) => {
        let text = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        stream.on('end', () => {
          const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address;
          mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), secure, text });
          done();
        });
      },
      ...options,
    });
    started.on('error', () => undefined); // clients that leave are no trouble of the server
    server = started;
    const socket = started.listen(0, '127.0.0.1');
    await new Promise((resolve) => socket.once('listening', resolve));
    return (socket.address() as AddressInfo).port;
  };
  const channel = (port: number, change: object = {}): EmailChannel => {
    const password = { user: 'mqi', passwordFile: join(folder.path, 'password'), passwordEnv: null };
    const options = { host: '127.0.0.1', port, security: 'starttls', ca: files.cert, ...password } as const;
    const whom = { from: 'mqi@clinic.example', to: ['a@clinic.example', 'b@clinic.example'], timeoutSeconds: 5 };
    return new EmailChannel(aChannelRule(), { ...options, ...whom, ...change });
  };
  const refusal = async (port: number, change: object = {}): Promise<CaseError> =>
    (await rejection(channel(port, change).send(message, never))) as CaseError;

  beforeEach(async () => {
    mails = [];
    files = certificate(folder.path, 'mail');
    await writeFile(join(folder.path, 'password'), 'right\n');
  });
  afterEach(async () => {
    const ending = server;
    server = null;
    if (ending !== null)
      await new Promise<void>((resolve) => {
        ending.close(resolve);
      });
  });

  it('is given the message encrypted, after logging in, by STARTTLS and by TLS from the start', async () => {
    await channel(await serve({ authOptional: false })).send(message, never);
    server?.close();
    const security = { security: 'tls' } as const;
    await channel(await serve({ secure: true, authOptional: false }), security).send(message, never);
    expect(mails).to.have.length(2);
    for (const { from, to, secure, text } of mails) {
      expect({ from, to, secure }).to.deep.equal({
        ...{ from: 'mqi@clinic.example', to: ['a@clinic.example', 'b@clinic.example'], secure: true },
      });
      expect(text).to.contain('Subject: MQI: case c1 failed').and.to.contain('Message-ID: <m1@clinic.example>');
      expect(text).to.contain('failed: the engine crashed').and.to.contain('what to do: read the log of the case');
    }
  });

  it('that offers no TLS, or whose certificate does not hold, is told nothing', async () => {
    const port = await serve({ disabledCommands: ['STARTTLS'] });
    expect((await refusal(port)).code).to.equal('notify.auth');
    server?.close();
    expect((await refusal(await serve(), { ca: null })).code).to.equal('notify.auth');
    expect(mails).to.have.length(0);
  });

  it('is only greeted and logged in to when mqi doctor asks, and sent nothing', async () => {
    const port = await serve({ authOptional: false });
    expect(await channel(port).check(never)).to.deep.equal({
      tried: 'connected, STARTTLS, EHLO, logged in',
      doubt: null,
    });
    await writeFile(join(folder.path, 'password'), 'wrong\n');
    const login = (await rejection(channel(port).check(never))) as CaseError;
    expect(login.code).to.equal('notify.auth');
    expect(login.message).not.to.contain('wrong');
    server?.close();
    const plain = await serve({ disabledCommands: ['STARTTLS', 'AUTH'] });
    expect(((await rejection(channel(plain).check(never))) as CaseError).code).to.equal('notify.auth');
    const { tried } = await channel(plain, { security: 'none', user: null }).check(never);
    expect(tried).to.equal('connected, unencrypted, EHLO');
    expect(((await rejection(channel(1).check(never))) as CaseError).code).to.equal('notify.unreachable');
    expect(mails).to.have.length(0);
  });

  it('that refuses the login or the receivers is told apart, and neither is quoted', async () => {
    await writeFile(join(folder.path, 'password'), 'wrong\n');
    const login = await refusal(await serve());
    expect(login.code).to.equal('notify.auth');
    server?.close();
    await writeFile(join(folder.path, 'password'), 'right\n');
    const onRcptTo: SMTPServerOptions['onRcptTo'] = (_address, _session, done) => {
      done(Object.assign(new Error('no such user a@clinic.example'), { responseCode: 550 }));
    };
    const receiver = await refusal(await serve({ onRcptTo }));
    expect(receiver.code).to.equal('notify.refused');
    for (const { message: words } of [login, receiver]) expect(words).not.to.match(/wrong|clinic/);
  });

  it('that is away is said to be', async () => {
    expect((await refusal(1)).code).to.equal('notify.unreachable');
    expect((await refusal(1, { passwordFile: join(folder.path, 'none') })).code).to.equal('notify.auth');
  });

  it('that says nothing keeps nobody: a service that stops ends the conversation', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const stopping = new AbortController();
    silent.once('connection', () => {
      stopping.abort(new Error('the service stops'));
    });
    const { port } = silent.address() as AddressInfo;
    const slow = { timeoutSeconds: 600 };
    expect(await rejection(channel(port, slow).send(message, stopping.signal))).to.be.instanceOf(CaseError);
    await new Promise((resolve) => silent.close(resolve));
  });

  it('is given it in the clear only where the configuration says so', async () => {
    const port = await serve({ disabledCommands: ['STARTTLS', 'AUTH'] });
    await channel(port, { security: 'none', user: null }).send(message, never);
    expect(mails.map(({ secure }) => secure)).to.deep.equal([false]);
  });
});
