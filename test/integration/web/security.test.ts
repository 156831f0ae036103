import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aDelivery } from '../../builders/a-delivery.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';
import { rawBytes, rawRequest, type RawAnswer } from '../../raw-http.js';

const TOKEN = 'a-token-for-tests-only-0123';
const PASSWORD = 'correct horse battery';

/** Our own list of what an attack tool would try, over real connections, byte by byte. */
describe('attacks on the web page', () => {
  let ports: SomeWebPorts;
  let web: WebApp;
  let port: number;

  beforeEach(async () => {
    ports = someWebPorts();
    await ports.users.add({ name: 'oskar', role: 'operator', password: PASSWORD });
    ports.tables.cases.set('c1', aCase({ id: 'c1', state: 'failed' }));
    web = await buildWebApp(ports, { token: TOKEN, loopback: true, auth: 'users' });
    await web.app.listen({ host: '127.0.0.1', port: 0 });
    ({ port } = web.app.server.address() as AddressInfo);
  });
  afterEach(async () => {
    web.endStreams();
    await web.app.close();
  });

  const raw = (bytes: string): Promise<string> => rawBytes(port, bytes);
  const send = (method: string, url: string, headers: Record<string, string> = {}, body = ''): Promise<RawAnswer> =>
    rawRequest(port, method, url, headers, body);
  const bearer = { authorization: `Bearer ${TOKEN}` };
  const logIn = async (): Promise<{ cookie: string; 'x-csrf-token': string }> => {
    const answer = await send('POST', '/api/session', {}, JSON.stringify({ user: 'oskar', password: PASSWORD }));
    const { csrf } = JSON.parse(answer.body) as { csrf: string };
    return { cookie: answer.headers.get('set-cookie')?.split(';')[0] ?? '', 'x-csrf-token': csrf };
  };

  it('CSRF: no order without the page, by any of the ways of a foreign page', async () => {
    const { cookie, 'x-csrf-token': csrf } = await logIn();
    const order = (headers: Record<string, string>, body = '{}'): Promise<RawAnswer> =>
      send('POST', '/api/cases/c1/retry', { cookie, ...headers }, body);
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const tries = [
      [await order({}), 403],
      [await order({ 'x-csrf-token': 'guess' }), 403],
      [await order({ 'x-csrf-token': csrf, origin: 'https://evil.example' }), 403],
      [await order({ 'x-csrf-token': csrf, origin: 'null' }), 403],
      [await order({ ...form, 'x-csrf-token': csrf }, 'reason=x'), 415],
      [await order({ 'content-type': 'text/plain' }), 415],
      [await send('GET', '/api/cases/c1/retry', { cookie }), 405],
      [await send('DELETE', '/api/session', { cookie }), 403],
    ] as const;
    for (const [answer, status] of tries) expect(answer.status, answer.body).to.equal(status);
    expect(ports.control.asked).to.deep.equal([]);
    expect((await order({ 'x-csrf-token': csrf })).status).to.equal(200);
  });

  it('CSRF: no preflight is answered, so no other page may send what only ours sends', async () => {
    const asks = { origin: 'https://evil.example', 'access-control-request-method': 'POST' };
    for (const url of ['/api/session', '/api/cases/c1/retry', '/']) {
      const { status, head } = await send('OPTIONS', url, asks);
      expect(status, url).to.be.oneOf([403, 404]);
      expect(head, url).not.to.match(/access-control/i);
    }
    expect((await send('GET', '/api/cases', { ...bearer, origin: 'https://evil.example' })).head).not.to.match(
      /access-control/i,
    );
  });

  it('path traversal: nothing but what is served', async () => {
    const up = ['..', '%2e%2e', '..%2f', '%2e%2e%2f', '..%5c', '%252e%252e', '....//', '%c0%ae%c0%ae', '..;'];
    const targets = up.flatMap((step) =>
      ['/', '/assets/', '/api/cases/', '/api/'].map((from) => `${from}${`${step}/`.repeat(6)}etc/passwd`),
    );
    for (const url of [...targets, '/assets/../../../../package.json', '/users.json', '/web-token', '/.git/config']) {
      const { status, body } = await send('GET', url, bearer);
      expect(status, url).to.be.oneOf([400, 404]);
      expect(body, url).not.to.match(/root:|mqi-communicator|users/);
    }
    expect((await send('GET', '/a%00b', bearer)).status).to.be.oneOf([400, 404]);
  });

  it('header injection: no line of an answer comes from the client', async () => {
    const broken = [
      '/x%0d%0aset-cookie:%20a=b',
      '/api/cases/c1%0d%0aset-cookie:%20a=b',
      '/api/cases?search=%0d%0aX:%20y',
    ];
    for (const url of broken) {
      const { head } = await send('GET', url, bearer);
      expect(head, url).not.to.match(/a=b|^X:/im);
    }
    const split = `GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: b\nset-cookie: a=b\r\nconnection: close\r\n\r\n`;
    expect((await raw(split)).split('\r\n\r\n')[0]).not.to.contain('a=b');
    const injected = await send(
      'POST',
      '/api/session',
      {},
      JSON.stringify({ user: 'a\r\nset-cookie: a=b', password: 'x' }),
    );
    expect(injected.head).not.to.contain('a=b');
  });

  it('request smuggling: a request whose length is told twice is refused', async () => {
    const ends = [
      'content-length: 2\r\ncontent-length: 40\r\n\r\n{}',
      'content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'transfer-encoding: xchunked\r\n\r\n0\r\n\r\n',
    ];
    for (const end of ends) {
      const head = `POST /api/session HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n`;
      expect(await raw(`${head}${end}`), end).to.match(/^HTTP\/1\.1 4\d\d /);
    }
  });

  it('XSS: every text that comes from files, folders and people goes out as JSON text and nothing else', async () => {
    const script = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\u2028{{7*7}}`;
    const error = { code: 'x', severity: 'input', message: script, remedy: script } as const;
    const texts = { folder: script, planLabel: script, waitingFor: script, heldBecause: script, error };
    ports.tables.cases.set('c1', aCase({ id: 'c1', state: 'interpreted', planSopInstanceUid: script, ...texts }));
    const beam = { name: script, machine: script, error, host: script, waitingFor: script, resultPath: script };
    ports.tables.beams.set('c1/1', aBeam({ caseId: 'c1', ...beam }));
    ports.tables.receipts.set('r', aReceipt({ caseId: 'c1', location: script, verifiedBy: script }));
    ports.tables.deliveries.set(1, { id: 1, ...aDelivery({ caseId: 'c1', folder: script, problem: script }) });
    ports.tables.arrivals = [{ inbox: script, folder: script, files: 1, bytes: 1, lastChangeAt: 0 }];
    for (const url of ['/api/cases', '/api/cases/c1', '/api/gpus']) {
      const { status, headers, body } = await send('GET', url, bearer);
      expect(status, url).to.equal(200);
      expect(headers.get('content-type'), url).to.equal('application/json; charset=utf-8');
      expect(headers.get('x-content-type-options'), url).to.equal('nosniff');
      expect(headers.get('content-security-policy'), url).to.contain("default-src 'none'; script-src 'self'");
      expect(body.startsWith('{'), url).to.equal(true);
    }
    const view = JSON.parse((await send('GET', '/api/cases/c1', bearer)).body) as { folder: string };
    expect(view.folder, 'as it is, for the page to show as text').to.equal(script);
  });

  it('XSS: what is asked for is not said again by the answer', async () => {
    const script = '%3Cscript%3Ealert(1)%3C/script%3E';
    for (const url of [`/${script}`, `/api/cases/${script}`, `/api/cases?state=${script}`, `/api/cases?${script}=1`]) {
      const { headers, body, status } = await send('GET', url, bearer);
      expect(status, url).to.be.oneOf([400, 404]);
      expect(headers.get('content-type'), url).to.match(/^application\/problem\+json/);
      expect(body, url).not.to.contain('<script>');
    }
  });

  it('method override: the method is the one of the request', async () => {
    const override = {
      ...bearer,
      'x-http-method-override': 'POST',
      'x-method-override': 'POST',
      'x-http-method': 'POST',
    };
    expect((await send('GET', '/api/cases/c1/cancel?_method=POST', override)).status).to.equal(405);
    for (const method of ['PUT', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'FROB']) {
      const { status } = await send(method, '/api/cases/c1/cancel', bearer);
      // CONNECT gets no answer at all: the connection is closed.
      expect(Number.isNaN(status) ? 400 : status, method).to.be.oneOf([400, 404, 405, 415]);
    }
    expect(ports.control.asked).to.deep.equal([]);
  });

  it('HEAD: asks for no less than GET, and says no more', async () => {
    expect((await send('HEAD', '/api/cases')).status).to.equal(401);
    const { status, body, headers } = await send('HEAD', '/api/cases', bearer);
    expect({ status, body }).to.deep.equal({ status: 200, body: '' });
    expect(headers.get('cache-control')).to.equal('no-store');
  });

  it('oversized: bodies, headers and addresses beyond what anybody needs are refused', async () => {
    const big = JSON.stringify({ user: 'a', password: 'x'.repeat(20_000) });
    expect((await send('POST', '/api/session', {}, big)).status).to.equal(413);
    const claimed = { 'content-type': 'application/json', 'content-length': '99999999999' };
    expect((await send('POST', '/api/session', claimed)).status).to.equal(413);
    expect((await send('GET', '/api/cases', { ...bearer, 'x-big': 'x'.repeat(20_000) })).status).to.equal(431);
    expect((await send('GET', `/api/cases?search=${'x'.repeat(20_000)}`, bearer)).status).to.equal(431);
    expect((await send('GET', `/api/cases?search=${'x'.repeat(300)}`, bearer)).status).to.equal(400);
    const deep = `{"user":${'['.repeat(7_000)}${']'.repeat(7_000)},"password":"x"}`;
    expect((await send('POST', '/api/session', {}, deep)).status).to.equal(400);
  });

  it('poisoned JSON: no prototype is set by a body', async () => {
    for (const body of [
      '{"__proto__":{"role":"admin"},"token":"x"}',
      '{"constructor":{"prototype":{"x":1}},"token":"x"}',
    ]) {
      expect((await send('POST', '/api/session', {}, body)).status, body).to.equal(400);
    }
    expect(({} as Record<string, unknown>)['role']).to.equal(undefined);
  });

  it('slow requests: one that dribbles is let go, and the server serves others meanwhile', async function () {
    this.timeout(30_000);
    const { headersTimeout, requestTimeout, keepAliveTimeout } = web.app.server;
    expect(headersTimeout).to.be.at.most(10_000);
    expect(requestTimeout).to.be.at.most(30_000);
    expect(keepAliveTimeout).to.be.at.most(15_000);
    web.app.server.headersTimeout = 300;
    const dribbled = raw('GET /api/cases HTTP/1.1\r\nhost: 127.0.0.1\r\nx-a: b');
    expect((await send('GET', '/healthz')).status).to.equal(200);
    expect(await dribbled).to.match(/^HTTP\/1\.1 408 /);
  });

  it('host header: another name is not served, and no name is repeated', async () => {
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'evil.example:80', '127.0.0.1@evil.example', '']) {
      const { status, head, body } = await send('GET', '/', { host });
      expect(status, host).to.be.oneOf([400, 403]);
      expect(head + body, host).not.to.contain('evil');
    }
    const forwarded = await send('GET', '/', { 'x-forwarded-host': 'evil.example', forwarded: 'host=evil.example' });
    expect(forwarded.status).to.equal(200);
    expect(forwarded.head + forwarded.body).not.to.contain('evil.example');
  });

  it('open redirects: nobody is sent anywhere', async () => {
    for (const url of [
      '//evil.example/',
      '/\\evil.example',
      '/?next=https://evil.example',
      '/%2f%2fevil.example',
      '/assets',
    ]) {
      const { status, headers } = await send('GET', url);
      expect(status, url).not.to.be.within(300, 399);
      expect(headers.has('location'), url).to.equal(false);
    }
  });

  it('cookies: one, which no script reads and no other page sends, and never an id that was there before', async () => {
    const cookie = `mqi_session=${'A'.repeat(43)}`;
    const answer = await send(
      'POST',
      '/api/session',
      { cookie },
      JSON.stringify({ user: 'oskar', password: PASSWORD }),
    );
    expect(answer.head.match(/set-cookie/gi)).to.have.length(1);
    const set = answer.headers.get('set-cookie');
    expect(set)
      .to.match(/^mqi_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
      .and.not.to.contain(cookie);
    expect((await send('GET', '/api/cases', { cookie })).status).to.equal(401);
  });

  it('caches: nothing about cases is kept by browsers and proxies', async () => {
    const { cookie } = await logIn();
    for (const url of ['/api/cases', '/api/cases/c1', '/api/session', '/api/nothing']) {
      expect((await send('GET', url, { cookie })).headers.get('cache-control'), url).to.equal('no-store');
      expect((await send('GET', url)).headers.get('cache-control'), url).to.equal('no-store');
    }
  });

  it('errors: no stack, no path, no version of the server', async () => {
    ports.queries.list = () => Promise.reject(new Error('secret at /home/x/app.js:1'));
    const answers = [
      await send('GET', '/api/cases', bearer),
      await send('POST', '/api/session', {}, '{"user":'),
      await send('GET', '/api/cases/%'),
      await send('GET', '/nothing'),
    ];
    for (const { status, headers, body } of answers) {
      expect(status).to.be.at.least(400);
      expect(body).not.to.match(/\bat \/|node_modules|\.js\b|secret|Error:|fastify/i);
      expect(headers.has('server')).to.equal(false);
      expect(headers.has('x-powered-by')).to.equal(false);
    }
  });

  it('framing, sniffing, referrers: every answer says what a browser must not do', async () => {
    for (const [method, url] of [
      ['GET', '/'],
      ['GET', '/nothing'],
      ['GET', '/api/cases'],
      ['GET', '/metrics'],
      ['OPTIONS', '/'],
    ] as const) {
      const { headers } = await send(method, url);
      expect(headers.get('content-security-policy'), url).to.contain("frame-ancestors 'none'");
      expect(headers.get('x-frame-options'), url).to.equal('DENY');
      expect(headers.get('x-content-type-options'), url).to.equal('nosniff');
      expect(headers.get('referrer-policy'), url).to.equal('no-referrer');
    }
  });

  it('guessing: ten a second are locked out, over real connections', async () => {
    const body = JSON.stringify({ user: 'oskar', password: 'wrong' });
    const statuses = (await Promise.all(Array.from({ length: 10 }, () => send('POST', '/api/session', {}, body)))).map(
      ({ status }) => status,
    );
    expect(statuses.filter((status) => status === 401)).to.have.length(5);
    expect(statuses.filter((status) => status === 429)).to.have.length(5);
  });
});
