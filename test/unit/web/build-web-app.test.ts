import { expect } from 'chai';
import type { FastifyInstance, InjectOptions, LightMyRequestResponse } from 'fastify';
import { operator } from '../../../src/domain/errors.js';
import { neverTried } from '../../../src/domain/target-state.js';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aResource } from '../../builders/a-resource.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';

const TOKEN = 'a-token-for-tests-only-0123';
const HEADERS = { host: '127.0.0.1:8321', authorization: `Bearer ${TOKEN}` };

interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly remedy: string;
}

describe('the HTTP interface', () => {
  let ports: SomeWebPorts;
  let web: WebApp;
  let app: FastifyInstance;

  beforeEach(async () => {
    ports = someWebPorts();
    web = await buildWebApp(ports, { token: TOKEN, loopback: true });
    ({ app } = web);
    ports.tables.cases.set('c1', aCase({ id: 'c1', folder: 'lung 1', state: 'failed', createdAt: 1000 }));
    ports.tables.cases.set('c2', aCase({ id: 'c2', folder: 'lung 2', createdAt: 2000 }));
  });
  afterEach(async () => {
    web.endStreams();
    await app.close();
  });

  const get = (url: string, headers: Record<string, string> = HEADERS): Promise<LightMyRequestResponse> =>
    app.inject({ url, headers });
  const post = (url: string, payload: object = {}, change: InjectOptions = {}): Promise<LightMyRequestResponse> =>
    app.inject({ method: 'POST', url, headers: HEADERS, payload, ...change });
  const problem = (answer: LightMyRequestResponse): Problem => {
    expect(answer.headers['content-type']).to.match(/^application\/problem\+json/);
    expect(answer.json<Problem>().status).to.equal(answer.statusCode);
    return answer.json<Problem>();
  };
  const ids = (answer: LightMyRequestResponse): string[] =>
    answer.json<{ cases: { id: string }[] }>().cases.map(({ id }) => id);

  it('shows the upload targets and has a case delivered again', async () => {
    ports.tables.targets.set('pacs', neverTried('pacs'));
    ports.tables.knownTargets.set('pacs', { name: 'pacs', kind: 'dicom', optional: true });
    const { targets } = (await get('/api/targets')).json<{ targets: Record<string, unknown>[] }>();
    expect(targets).to.have.length(1);
    expect(targets[0]).to.include({ name: 'pacs', kind: 'dicom', optional: true, state: 'unknown', waiting: 0 });
    expect((await post('/api/cases/c1/deliver', { target: 'pacs' })).statusCode).to.equal(200);
    expect((await post('/api/cases/c1/deliver')).statusCode).to.equal(200);
    expect(ports.deliveries.asked.map(([id, target]) => [id, target])).to.deep.equal([
      ['c1', 'pacs'],
      ['c1', null],
    ]);
    ports.deliveries.refusal = operator('case.refused', 'it has no results to deliver');
    expect(problem(await post('/api/cases/c1/deliver')).status).to.equal(409);
  });

  it('lists cases in the shape of the command line, newest first', async () => {
    const answer = await get('/api/cases');
    expect(answer.statusCode).to.equal(200);
    expect(ids(answer)).to.deep.equal(['c2', 'c1']);
    expect(ids(await get('/api/cases?state=failed'))).to.deep.equal(['c1']);
    expect(ids(await get('/api/cases?state=failed&state=registered&limit=1'))).to.deep.equal(['c2']);
    expect(ids(await get('/api/cases?search=LUNG%201'))).to.deep.equal(['c1']);
    expect(ids(await get('/api/cases?since=1970-01-01T00:00:01.500Z'))).to.deep.equal(['c2']);
  });

  it('gives one case in full, and the places that run jobs', async () => {
    ports.tables.beams.set('c1/1', aBeam({ caseId: 'c1' }));
    ports.tables.resources.set('local/GPU-1', aResource());
    expect((await get('/api/cases/c1')).json<{ beams: unknown[] }>().beams).to.have.length(1);
    expect((await get('/api/gpus')).json<{ gpus: { id: string }[] }>().gpus[0]?.id).to.equal('local/GPU-1');
  });

  it('answers with 404 for a case that is not there', async () => {
    expect(problem(await get('/api/cases/zzz')).code).to.equal('case.not-found');
    expect(problem(await post('/api/cases/zzz/retry')).status).to.equal(404);
    expect(problem(await get('/nowhere')).code).to.equal('web.no-such-page');
  });

  it('shows people who follow an address that is none a page with a way back, and programs JSON as before', async () => {
    const browser = { ...HEADERS, accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const answer = await get('/case/DOE%5EJANE', browser);
    expect(answer.statusCode).to.equal(404);
    expect(answer.headers).to.include({ 'content-type': 'text/html; charset=utf-8', vary: 'accept' });
    expect(answer.body)
      .to.contain('<a href="/">')
      .and.not.to.match(/DOE|<script|<style|\bstyle=/);
    for (const url of ['/api', '/api/nowhere', '/api?x=1']) {
      expect(problem(await get(url, browser)).code, url).to.equal('web.no-such-page');
    }
    expect(problem(await get('/nowhere', { ...HEADERS, accept: '*/*' })).status).to.equal(404);
    expect(problem(await post('/nowhere', {}, { headers: browser })).status).to.equal(404);
  });

  for (const query of ['state=running', 'limit=0', 'since=yesterday', 'frobnicate=1']) {
    it(`refuses the query ${query}, saying what is wrong`, async () => {
      const { status, detail } = problem(await get(`/api/cases?${query}`));
      expect(status).to.equal(400);
      expect(detail).to.not.equal('');
    });
  }

  it('does what operators order, in the name of who holds the token', async () => {
    await post('/api/cases/c1/retry', { beam: 2, from: 'simulate' });
    await post('/api/cases/c2/hold', { reason: 'ask the planner' });
    await post('/api/cases/c2/resume');
    await post('/api/cases/c2/priority', { priority: 7 });
    const answer = await post('/api/cases/c2/cancel');
    expect(answer.json()).to.include({ id: 'c2', state: 'cancelled', priority: 7 });
    expect(ports.control.asked).to.deep.equal([
      ['retry', 'c1', { beamNumber: 2, from: 'simulate' }, 'web:token'],
      ['hold', 'c2', 'ask the planner', 'web:token'],
      ['resume', 'c2', 'web:token'],
      ['priority', 'c2', 7, 'web:token'],
      ['cancel', 'c2', 'web:token'],
    ]);
  });

  it('answers with 409 where the state does not allow it', async () => {
    ports.control.refuse('c1');
    expect(problem(await post('/api/cases/c1/retry'))).to.include({ status: 409, detail: 'it is completed already' });
  });

  it('refuses bodies that do not fit, and does nothing', async () => {
    const misfits = [
      post('/api/cases/c1/hold'),
      post('/api/cases/c1/hold', { reason: '  ' }),
      post('/api/cases/c1/priority', { priority: 'high' }),
      post('/api/cases/c1/retry', { frobnicate: 1 }),
      post(
        '/api/cases/c1/retry',
        {},
        { payload: '{"beam":', headers: { ...HEADERS, 'content-type': 'application/json' } },
      ),
    ];
    for (const answer of await Promise.all(misfits)) expect(problem(answer).status).to.equal(400);
    expect(ports.control.asked).to.deep.equal([]);
  });

  it('wants JSON of every order, which no form of another page can send', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
      const answer = await post(
        '/api/cases/c1/retry',
        {},
        { headers: { ...HEADERS, 'content-type': type }, payload: '{}' },
      );
      expect(problem(answer).status, type).to.equal(415);
    }
    const untold = { method: 'POST', url: '/api/cases/c1/retry' } as const;
    expect(problem(await app.inject({ ...untold, headers: { host: '127.0.0.1' } })).status).to.equal(415);
    expect(problem(await app.inject({ ...untold, headers: HEADERS, payload: '{}' })).status).to.equal(415);
    expect(ports.control.asked).to.deep.equal([]);
  });

  it('takes an order without body from whoever sends the token, as curl -X POST does', async () => {
    const answer = await app.inject({ method: 'POST', url: '/api/cases/c1/retry', headers: HEADERS });
    expect(answer.statusCode).to.equal(200);
    expect(ports.control.asked).to.deep.equal([['retry', 'c1', {}, 'web:token']]);
    const hold = await app.inject({ method: 'POST', url: '/api/cases/c1/hold', headers: HEADERS });
    expect(problem(hold).status).to.equal(400);
  });

  it('says which methods an address knows, where another is used', async () => {
    const tries = [
      ['DELETE', '/api/cases', 'GET, HEAD'],
      ['PUT', '/api/cases/c1', 'GET, HEAD'],
      ['GET', '/api/cases/c1/retry', 'POST'],
      ['POST', '/healthz', 'GET, HEAD'],
    ] as const;
    for (const [method, url, allow] of tries) {
      const answer = await app.inject({ method, url, headers: { ...HEADERS, 'content-type': 'application/json' } });
      expect(problem(answer), `${method} ${url}`).to.include({ status: 405, code: 'web.wrong-method' });
      expect(answer.headers.allow, `${method} ${url}`).to.equal(allow);
    }
    expect(problem(await app.inject({ method: 'DELETE', url: '/api/nothing', headers: HEADERS })).status).to.equal(404);
  });

  it('wants the token for everything about cases, and for nothing else', async () => {
    const bare = { host: '127.0.0.1' };
    for (const url of ['/api/cases', '/api/cases/c1', '/api/gpus', '/api/targets', '/api/events']) {
      expect(problem(await get(url, bare)).status, url).to.equal(401);
      expect((await get(url, { ...bare, authorization: 'Bearer wrong' })).statusCode, url).to.equal(401);
    }
    for (const verb of ['retry', 'hold', 'resume', 'cancel', 'priority']) {
      expect((await post(`/api/cases/c1/${verb}`, {}, { headers: bare })).statusCode, verb).to.equal(401);
    }
    for (const url of ['/', '/healthz', '/readyz', '/metrics', '/openapi.json']) {
      expect((await get(url, bare)).statusCode, url).to.equal(200);
    }
    expect(ports.control.asked).to.deep.equal([]);
  });

  it('believes only loopback names in the Host header, so that no rebound name reaches it', async () => {
    for (const host of ['evil.example', 'localhost.evil.example:8321', '10.0.0.7']) {
      expect(problem(await get('/api/cases', { ...HEADERS, host })).code, host).to.equal('web.foreign-host');
      expect((await get('/', { host })).statusCode, host).to.equal(403);
    }
    for (const host of ['localhost:8321', '127.0.0.1', '[::1]:8321', 'LOCALHOST']) {
      expect((await get('/api/cases', { ...HEADERS, host })).statusCode, host).to.equal(200);
    }
  });

  it('refuses orders from a page of another origin', async () => {
    const from = (origin: string): Promise<LightMyRequestResponse> =>
      post('/api/cases/c1/retry', {}, { headers: { ...HEADERS, origin } });
    for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:9999']) {
      expect(problem(await from(origin)).code, origin).to.equal('web.foreign-origin');
    }
    expect((await from('http://127.0.0.1:8321')).statusCode).to.equal(200);
  });

  it('serves a page that loads nothing from elsewhere and runs nothing inline', async () => {
    const answer = await get('/');
    expect(answer.headers['content-security-policy']).to.match(/^default-src 'none'; script-src 'self';/);
    expect(answer.headers['x-content-type-options']).to.equal('nosniff');
    expect(answer.body).not.to.match(/<script(?![^>]*\bsrc=)|<style|\bstyle=|\son\w+=|https?:\/\//);
    for (const [, path] of answer.body.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect((await get(path ?? '')).statusCode, path).to.equal(200);
    }
  });

  it('shows an unexpected failure without its own words, and notes it', async () => {
    ports.queries.list = () => Promise.reject(new Error('DOE^JANE'));
    const answer = await get('/api/cases');
    expect(problem(answer)).to.include({ status: 500, code: 'unclassified' });
    expect(answer.body).not.to.contain('DOE');
    expect(ports.log.lines.map(({ message }) => message)).to.contain('web request failed');
  });

  it('is ready only while the database answers, and healthy as long as it lives', async () => {
    ports.queries.countByState = () => Promise.reject(operator('database.gone', 'the database does not answer'));
    expect(problem(await get('/readyz'))).to.include({ status: 503, code: 'database.gone' });
    expect((await get('/healthz')).statusCode).to.equal(200);
  });

  it('says when it is ready how the inbox is watched, and no folder of it', async () => {
    ports.inboxes.of().watcher.drop('DOE^JANE');
    await ports.inboxes.of().watcher.sweep();
    const answer = await get('/readyz');
    expect(answer.json()).to.deep.include({
      status: 'ready',
      intake: {
        mode: 'events',
        modeBecause: 'it is a fake',
        lastSweepAt: 0,
        entries: 1,
        sweepMs: 0,
        calls: 0,
        settling: 1,
      },
    });
    expect(answer.body).not.to.contain('DOE');
  });

  it('is not ready while the share is lost, and says since when and why', async () => {
    ports.inboxes.of().watcher.loss = { since: 0, code: 'EIO', because: 'it cannot be listed (EIO)' };
    expect(problem(await get('/readyz'))).to.deep.include({ status: 503, code: 'intake.share-lost' });
    expect((await get('/readyz')).body).to.contain(
      'the share is lost since 1970-01-01T00:00:00.000Z: it cannot be listed (EIO)',
    );
    ports.inboxes.of().watcher.loss = null;
    expect((await get('/readyz')).statusCode).to.equal(200);
  });

  it('counts cases by state and busy places for Prometheus, without any name', async () => {
    ports.tables.resources.set('local/GPU-1', aResource());
    ports.tables.beams.set('c2/1', aBeam({ caseId: 'c2', state: 'submitted', resourceId: 'local/GPU-1' }));
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).to.match(/^text\/plain; version=0\.0\.4/);
    expect(body).to.contain('mqi_cases{state="failed"} 1').and.to.contain('mqi_places_busy{kind="gpu"} 1');
    expect(body).to.contain('mqi_inbox_lost{inbox=""} 0').and.to.contain('mqi_inbox_case_folders{inbox=""} 0');
    expect(body).not.to.contain('lung');
  });
});
