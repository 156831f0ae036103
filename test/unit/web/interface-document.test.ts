import { expect } from 'chai';
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { OPENAPI } from '../../../src/web/interface/document.js';
import { OPERATIONS } from '../../../src/web/interface/operations.js';
import { problem } from '../../../src/web/interface/place-answers.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';
import { anAttempt } from '../../builders/an-attempt.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { aResource } from '../../builders/a-resource.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';
import { neverTried } from '../../../src/domain/target-state.js';

const HEADERS = { host: '127.0.0.1:8321' };
const BODIES: Readonly<Record<string, object>> = {
  hold: { reason: 'ask the planner' },
  priority: { priority: 3 },
};
/** Fits no schema, so that one that is not parsed with is found. */
const MISFIT = { frobnicate: '1' };
const DAYS = { from: '2024-10-04', to: '2024-10-05' };

/** Some of everything. */
function fill({ tables, history, files, logs }: SomeWebPorts): void {
  tables.cases.set('c1', aCase({ id: 'c1', state: 'interpreted', createdAt: 1, waitingFor: 'a GPU' }));
  tables.cases.set('c2', aCase({ id: 'c2', state: 'failed', createdAt: 2, finishedAt: 3 }));
  tables.beams.set('c1/1', aBeam({ caseId: 'c1', state: 'submitted', progress: 20, resourceId: 'local/GPU-1' }));
  tables.attempts.push(anAttempt({ caseId: 'c1' }));
  const move = { event: 'hold', from: 'interpreted', to: 'interpreted', actor: 'cli:anna' } as const;
  tables.transitions.push({ id: 1, caseId: 'c1', ...move, reason: 'ask', at: 1 });
  const sentAs = { sopInstanceUid: '2.25.9', sha256: 'ab'.repeat(32) };
  tables.receipts.set('r', aReceipt({ caseId: 'c1', status: 'delivered', location: '/out/RD.dcm', sentAs }));
  tables.deliveries.set(1, { id: 1, ...aDelivery({ caseId: 'c1', comparison: aComparison() }) });
  tables.deliveries.set(2, { id: 2, ...aDelivery({ caseId: 'c1', folder: 'b', problem: 'cannot be read' }) });
  tables.resources.set('local/GPU-1', aResource({ id: 'local/GPU-1' }));
  tables.targets.set('pacs', neverTried('pacs'));
  tables.knownTargets.set('pacs', { name: 'pacs', kind: 'dicom', optional: true });
  tables.arrivals = [{ inbox: '', folder: 'lung', files: 3, bytes: 7, lastChangeAt: 0 }];
  history.rows = {
    ...history.rows,
    cases: [{ day: 20_000, state: 'failed', cases: 2 }],
    steps: [{ day: 20_000, step: 'assemble', done: 2, totalMs: 4100, longestMs: 3000 }],
    places: [{ day: 20_001, resourceId: 'local/GPU-1', beams: 1, busyMs: 60_000 }],
    failures: [{ code: 'engine.lost', tries: 3, cases: 2 }],
  };
  const file = { id: 'f1', name: 'c1.log', kind: 'log', beamNumber: null, attempt: null, mediaType: 'text/plain' };
  files.add({ ...file, kind: 'log' }, 'a line');
  logs.add({ kind: 'case', caseId: 'c1' }, '{"message":"case taken"}');
}

describe('the description of the HTTP interface', () => {
  let ports: SomeWebPorts;
  let web: WebApp;
  let app: FastifyInstance;

  beforeEach(async () => {
    ports = someWebPorts();
    fill(ports);
    web = await buildWebApp(ports, { token: null, loopback: true });
    ({ app } = web);
  });
  afterEach(async () => {
    web.endStreams();
    await app.close();
  });

  it('names exactly the routes that are served', () => {
    for (const name of Object.keys(OPERATIONS)) {
      const [method = '', path = ''] = name.split(' ');
      expect(app.hasRoute({ method, url: path.replaceAll(/\{(\w+)\}/g, ':$1') }), name).to.equal(true);
    }
    // And the page: its document, its icon, its script and its style sheet.
    const printed = app.printRoutes({ commonPrefix: false });
    expect(printed.match(/\([A-Z][A-Z, ]*\)/g)).to.have.length(Object.keys(OPENAPI.paths).length + 4);
  });

  it('names every schema once, and none that is not there', async () => {
    const document = (await app.inject({ url: '/openapi.json', headers: HEADERS })).body;
    const known = Object.keys(OPENAPI.components.schemas);
    const used = new Set([...document.matchAll(/"\$ref":"#\/components\/schemas\/(\w*)"/g)].map(([, name]) => name));
    expect([...used].sort()).to.deep.equal(known.sort());
  });

  const ask = (name: string, more: object = {}): Promise<LightMyRequestResponse> => {
    const [method = '', path = ''] = name.split(' ');
    const url = path.replace('{id}', path.endsWith('/retry') ? 'c2' : 'c1').replace(/\{(beam|file)\}/, '1');
    const span = path.startsWith('/api/history') ? '?from=2024-10-04&to=2024-10-05' : '';
    return app.inject({ method: method as 'GET', url: url + span, headers: HEADERS, ...more });
  };
  // Pictures are read from a real dose in test/integration/web/case-pictures, logins are tried in session.test.
  const operations = Object.entries(OPERATIONS).filter(([name]) => !/\/(dose|layers|session)$/.test(name));

  for (const [name, { answer }] of operations) {
    if (typeof answer === 'string') continue;
    it(`holds of what is answered: ${name}`, async () => {
      const [verb = ''] = name.split('/').slice(-1);
      const given = await ask(name, name.startsWith('POST') ? { payload: BODIES[verb] ?? {} } : {});
      expect(given.statusCode, given.body).to.equal(200);
      answer.parse(given.json());
    });
  }

  for (const [name, { answer }] of operations) {
    // The stream of events does not end, and so is not answered here.
    if (typeof answer !== 'string' || answer === '' || answer === 'text/event-stream') continue;
    it(`holds of the media type of what is no JSON: ${name}`, async () => {
      const csv = name.endsWith('.csv') ? { query: { ...DAYS, table: 'steps' } } : {};
      const given = await app.inject({
        url: name.slice(4).replace('{id}', 'c1').replace('{file}', 'f1'),
        headers: HEADERS,
        ...csv,
      });
      expect(given.statusCode, given.body).to.equal(200);
      const type = String(given.headers['content-type']).split(';')[0];
      expect(answer === '*/*' || answer === type, type).to.equal(true);
    });
  }

  for (const [name, { query, body }] of operations) {
    if (query === undefined && body === undefined) continue;
    it(`refuses what the description does not name: ${name}`, async () => {
      const given = await ask(
        name,
        body === undefined ? { query: { ...(name.includes('history') && DAYS), ...MISFIT } } : { payload: MISFIT },
      );
      expect(given.statusCode).to.equal(400);
      expect(given.headers['content-type']).to.match(/^application\/problem\+json/);
    });
  }

  it('says of lists how they are parted into pages, and what is left out by default', () => {
    const { parameters } = OPENAPI.paths['/api/cases']?.['get'] as { parameters: Record<string, unknown>[] };
    const limit = parameters.find(({ name }) => name === 'limit');
    expect(limit).to.deep.include({ in: 'query', required: false });
    expect(limit?.['schema']).to.deep.equal({ type: 'integer', minimum: 1, maximum: 10_000, default: 1000 });
    const [from] = (OPENAPI.paths['/api/history']?.['get'] as { parameters: Record<string, unknown>[] }).parameters;
    expect(from).to.include({ name: 'from', required: true });
  });
});

describe('an answer that has not changed', () => {
  it('is sent once: lists, places and cases carry a tag, and 304 has no content', async () => {
    const ports = someWebPorts();
    ports.tables.cases.set('c1', aCase({ id: 'c1', state: 'failed', finishedAt: 1 }));
    const { app } = await buildWebApp(ports, { token: null, loopback: true });
    const get = (url: string, tag?: string): Promise<LightMyRequestResponse> =>
      app.inject({ url, headers: { ...HEADERS, ...(tag !== undefined && { 'if-none-match': tag }) } });
    for (const url of ['/api/cases', '/api/cases/c1', '/api/gpus', '/api/targets', '/api/overview']) {
      const first = await get(url);
      const tag = String(first.headers['etag']);
      expect(tag, url).to.match(/^"[\w-]{22}"$/);
      for (const known of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
        const again = await get(url, known);
        expect([again.statusCode, again.body], `${url} ${known}`).to.deep.equal([304, '']);
      }
      expect((await get(url, '"other"')).body).to.equal(first.body);
    }
    const before = String((await get('/api/cases')).headers['etag']);
    ports.tables.cases.set('c2', aCase({ id: 'c2' }));
    expect((await get('/api/cases', before)).statusCode).to.equal(200);
    await app.close();
  });
});

describe('a refusal', () => {
  it('is a problem with a code and a remedy whatever is wrong with the request', async () => {
    const ports = someWebPorts();
    ports.tables.cases.set('c1', aCase({ id: 'c1' }));
    ports.files.add(
      { id: 'f1', name: 'c1.log', kind: 'log', beamNumber: null, attempt: null, mediaType: 'text/plain' },
      'a line',
    );
    const { app } = await buildWebApp(ports, { token: null, loopback: true });
    const json = { ...HEADERS, 'content-type': 'application/json' };
    for (const [status, request] of [
      [404, { url: '/nothing' }],
      [404, { url: '/api/nothing' }],
      [404, { url: '/api/cases/none' }],
      [405, { method: 'PUT', url: '/api/cases' }],
      [400, { url: '/api/cases/%E0%A4%A' }],
      [400, { url: '/api/cases?limit=all' }],
      [400, { method: 'POST', url: '/api/cases/search', payload: '{"limit":' }],
      [413, { method: 'POST', url: '/api/cases/search', payload: `"${'x'.repeat(20_000)}"` }],
      [415, { method: 'POST', url: '/api/cases/search', payload: 'x', headers: { ...HEADERS, 'content-type': 'a/b' } }],
      [416, { url: '/api/cases/c1/files/f1', headers: { ...HEADERS, range: 'bytes=99-' } }],
    ] as const) {
      const answer = await app.inject({ headers: json, ...request });
      const said = JSON.stringify(request).slice(0, 80);
      expect(answer.statusCode, said).to.equal(status);
      expect(answer.headers['content-type'], said).to.match(/^application\/problem\+json/);
      problem.parse(answer.json());
    }
    await app.close();
  });
});
