import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { WebhookChannel } from '../../../src/adapters/notifications/webhook-channel.js';
import type { CaseError } from '../../../src/domain/errors.js';
import { messageOf } from '../../../src/workflow/notifications/notice-text.js';
import { aChannelRule, anOccurrence } from '../../builders/a-channel-rule.js';
import { certificate } from '../../certificates.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { rejection } from '../../rejection.js';
import { tempFolder } from '../../temp-folder.js';

const SECRET = 'only-for-tests';
const message = messageOf({ id: 'm1', subject: 'MQI: {summary}', occurrences: [anOccurrence({ folder: null })] });
const never = new AbortController().signal;

interface Posted {
  readonly method: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

describe('a webhook', () => {
  const folder = tempFolder();
  let server: Server;
  let posted: Posted[];
  let status: number;

  const answer: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      posted.push({ method: request.method, headers: request.headers, body });
      response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(100_000));
    });
  };
  const serve = async (made: Server): Promise<void> => {
    server = made;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  };
  const channel = (change: object = {}): WebhookChannel => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${String(port)}/hook`;
    const options = {
      url,
      secretFile: join(folder.path, 'secret'),
      secretEnv: null,
      ca: null,
      insecure: false,
      timeoutSeconds: 5,
    };
    return new WebhookChannel(aChannelRule(), { ...options, ...change }, new FakeClock());
  };
  const code = async (change: object = {}): Promise<string> =>
    ((await rejection(channel(change).send(message, never))) as CaseError).code;

  beforeEach(async () => {
    [posted, status] = [[], 204];
    await writeFile(join(folder.path, 'secret'), `${SECRET}\n`);
    await serve(createServer(answer));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is posted what happened, signed with the time, so that a receiver refuses forgeries and what is old', async () => {
    await channel().send(message, never);
    const [{ headers, body }] = posted as [Posted];
    const stamp = String(headers['x-mqi-timestamp']);
    expect(stamp).to.equal(String(new FakeClock().now() / 1000));
    const expected = createHmac('sha256', SECRET).update(`${stamp}.${body}`).digest('hex');
    expect(headers['x-mqi-signature']).to.equal(`sha256=${expected}`);
    expect(headers['x-mqi-message']).to.equal('m1');
    const told = JSON.parse(body) as {
      readonly id: string;
      readonly subject: string;
      readonly events: readonly object[];
    };
    expect(told).to.include({ id: 'm1', subject: 'MQI: case c1 failed' });
    expect(told.events[0])
      .to.include({ event: 'failed', caseId: 'c1', code: 'engine.crashed' })
      .and.not.to.have.key('folder');
  });

  it('that answers otherwise is told apart: later, never, not let in; redirects are not followed', async () => {
    const codes: Record<number, string> = {};
    for (status of [302, 400, 401, 404, 429, 500, 503]) codes[status] = await code();
    const [later, never] = ['notify.unreachable', 'notify.refused'];
    expect(codes).to.deep.equal({
      ...{ 302: never, 400: never, 401: 'notify.auth', 404: never, 429: later, 500: later, 503: later },
    });
    expect(posted).to.have.length(7);
  });

  it('that is not there, does not answer, or for which there is no secret is said to be so', async () => {
    expect(await code({ url: 'http://192.0.2.1/' })).to.equal('notify.refused');
    expect(await code({ url: 'http://127.0.0.1:1/' })).to.equal('notify.unreachable');
    expect(await code({ secretFile: join(folder.path, 'none') })).to.equal('notify.auth');
    server.removeAllListeners('request');
    expect(await code({ timeoutSeconds: 0.05 })).to.equal('notify.unreachable');
    expect(posted).to.have.length(0);
  });

  it('is asked by HEAD alone when mqi doctor looks, which says what speaks against it', async () => {
    const doubts: Record<number, string | null> = {};
    for (status of [204, 401, 405, 501, 302, 404, 503]) doubts[status] = (await channel().check(never)).doubt;
    expect(doubts).to.deep.equal({
      ...{ 204: null, 401: null, 405: null, 501: null, 404: 'nothing may be there', 503: 'it is not well' },
      302: 'it redirects, and no redirect is followed',
    });
    expect(posted.map(({ method, body }) => `${String(method)} ${body}`)).to.deep.equal(Array(7).fill('HEAD '));
    expect(posted[0]?.headers).not.to.have.any.keys('x-mqi-signature', 'x-mqi-message');
    const failing = async (change: object): Promise<string> =>
      ((await rejection(channel(change).check(never))) as CaseError).code;
    expect(await failing({ url: 'http://127.0.0.1:1/' })).to.equal('notify.unreachable');
    expect(await failing({ secretFile: join(folder.path, 'none') })).to.equal('notify.auth');
    expect(await failing({ url: 'http://192.0.2.1/' })).to.equal('notify.refused');
  });

  it('is reached by TLS if its certificate holds, and not otherwise', async () => {
    const { cert, key } = certificate(folder.path, 'hook');
    server.close();
    await serve(createTlsServer({ cert: readFileSync(cert), key: readFileSync(key) }, answer));
    const url = `https://127.0.0.1:${String((server.address() as AddressInfo).port)}/`;
    expect(await code({ url })).to.equal('notify.auth');
    expect(((await rejection(channel({ url }).check(never))) as CaseError).code).to.equal('notify.auth');
    expect(posted).to.have.length(0);
    await channel({ url, ca: cert }).send(message, never);
    expect(posted).to.have.length(1);
  });
});
