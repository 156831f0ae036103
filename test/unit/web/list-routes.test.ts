import { expect } from 'chai';
import type { LightMyRequestResponse } from 'fastify';
import { transient } from '../../../src/domain/errors.js';
import { buildWebApp, type WebApp } from '../../../src/web/build-web-app.js';
import { csv } from '../../../src/web/csv.js';
import type { SearchAnswer } from '../../../src/web/list-routes.js';
import { PlaceTrail } from '../../../src/web/place-trail.js';
import { SharedAnswer } from '../../../src/web/shared-answer.js';
import type { HistoryView } from '../../../src/workflow/history-view.js';
import type { OverviewView } from '../../../src/workflow/overview-view.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aResource } from '../../builders/a-resource.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { until } from '../../until.js';

const HEADERS = { host: '127.0.0.1:8321' };

describe('lists, overview and history of the HTTP interface', () => {
  let ports: SomeWebPorts;
  let web: WebApp;

  beforeEach(async () => {
    ports = someWebPorts();
    web = await buildWebApp(ports, { token: null, loopback: true });
    const { cases, beams } = ports.tables;
    cases.set('c1', aCase({ id: 'c1', folder: 'lung 1', state: 'failed', createdAt: 1000, machine: 'G1' }));
    cases.set('c2', aCase({ id: 'c2', folder: 'lung 2', state: 'interpreted', createdAt: 2000, machine: 'G2' }));
    beams.set('c2/1', aBeam({ caseId: 'c2', state: 'submitted', progress: 30 }));
  });
  afterEach(async () => {
    web.endStreams();
    await web.app.close();
  });

  const get = (url: string): Promise<LightMyRequestResponse> => web.app.inject({ url, headers: HEADERS });
  const search = (payload: object): Promise<LightMyRequestResponse> =>
    web.app.inject({ method: 'POST', url: '/api/cases/search', headers: HEADERS, payload });

  it('gives a page of cases with their number and how far their beams are; what is searched for is in no address', async () => {
    const answer = (
      await search({ search: 'LUNG', sort: 'folder', order: 'asc', limit: 1, offset: 1 })
    ).json<SearchAnswer>();
    expect(answer).to.include({ total: 2, offset: 1 });
    expect(answer.cases.map(({ id }) => id)).to.deep.equal(['c2']);
    expect(answer.beams).to.deep.equal({ c2: [{ beamNumber: 1, state: 'submitted', progress: 30 }] });
    expect((await search({ machine: 'G1' })).json<SearchAnswer>().total).to.equal(1);
  });

  for (const wrong of [{ limit: 501 }, { limit: 0 }, { sort: 'patient' }, { since: 'yesterday' }, { frobnicate: 1 }]) {
    it(`refuses to search by ${JSON.stringify(wrong)}`, async () => {
      expect((await search(wrong)).statusCode).to.equal(400);
    });
  }

  it('lists for scripts by the same filters, with the number of all', async () => {
    const answer = (await get('/api/cases?sort=created&order=asc&limit=1&offset=1&held=false')).json<SearchAnswer>();
    expect(answer.total).to.equal(2);
    expect(answer.cases.map(({ id }) => id)).to.deep.equal(['c2']);
    expect((await get('/api/cases?machine=G1')).json<SearchAnswer>().total).to.equal(1);
    expect((await get('/api/cases?before=1970-01-01T00:00:01.500Z')).json<SearchAnswer>().total).to.equal(1);
  });

  it('tells how cases, shares and disk stand', async () => {
    const view = (await get('/api/overview')).json<OverviewView>();
    expect(view.byState).to.include({ failed: 1, interpreted: 1 });
    expect(view.machines).to.deep.equal(['G1', 'G2']);
    expect(view.inboxes.map(({ inbox, lostSince }) => [inbox, lostSince])).to.deep.equal([['', null]]);
    expect(view.disk).to.deep.equal({
      freeBytes: 2 ** 40,
      minFreeBytes: 5e9,
      problem: null,
      forecast: { kind: 'unknown' },
    });
  });

  it('says so where the disk does not tell how much is free', async () => {
    ports.disk.failure = transient('disk.failed', 'the disk does not answer');
    const { disk } = (await get('/api/overview')).json<OverviewView>();
    expect(disk).to.include({ freeBytes: null, problem: 'the disk does not answer' });
  });

  it('tells what was by days of those who ask, and refuses spans that are no spans or too long', async () => {
    ports.history.rows = {
      ...ports.history.rows,
      steps: [{ day: 20_000, step: 'assemble', done: 2, totalMs: 4100, longestMs: 3000 }],
      places: [{ day: 20_001, resourceId: 'local/GPU-1', beams: 1, busyMs: 60_000 }],
    };
    const view = (await get('/api/history?from=2024-10-04&to=2024-10-05&offsetMinutes=-540')).json<HistoryView>();
    const from = Date.parse('2024-10-03T15:00:00Z');
    expect(ports.history.asked).to.deep.equal([{ from, to: from + 2 * 86_400_000, offsetMs: 9 * 3_600_000 }]);
    expect(view.steps).to.deep.equal([
      { day: '2024-10-04', step: 'assemble', done: 2, meanSeconds: 2.1, longestSeconds: 3 },
    ]);
    for (const span of ['from=2024-10-05&to=2024-10-04', 'from=2023-01-01&to=2024-10-04', 'from=today&to=2024-10-04']) {
      expect((await get(`/api/history?${span}`)).statusCode, span).to.equal(400);
    }
  });

  it('gives a table of the history for a spreadsheet, in which no text is taken for a formula', async () => {
    ports.history.rows = { ...ports.history.rows, failures: [{ code: 'engine.lost', tries: 3, cases: 2 }] };
    const answer = await get('/api/history.csv?from=2024-10-04&to=2024-10-04&table=failures');
    expect(answer.body).to.equal('code,tries,cases\r\nengine.lost,3,2\r\n');
    expect(answer.headers['content-disposition']).to.contain('mqi-failures-2024-10-04-2024-10-04.csv');
    expect(csv(['name'], [{ name: '=1+1' }, { name: 'a,"b"' }, { name: null }])).to.equal(
      'name\r\n\'=1+1\r\n"a,""b"""\r\n\r\n',
    );
  });
});

describe('how GPUs were used lately', () => {
  it('is kept look by look, with gaps where a GPU did not tell or was not there', async () => {
    const { tables, queries, clock } = someWebPorts();
    const failures: unknown[] = [];
    const trail = new PlaceTrail(queries, clock, (thrown) => failures.push(thrown), 1);
    tables.resources.set('a', aResource({ id: 'a', temperatureC: 40, memoryUsedMiB: null }));
    tables.resources.set('cpu', aResource({ id: 'local/cpu-0', kind: 'cpu' }));
    trail.start();
    await until('a look', () => trail.view().at.length > 0);
    tables.resources.set('b', aResource({ id: 'b', temperatureC: 60 }));
    await until('a look at the other', () => trail.view().places.length === 2);
    trail.stop();
    const [a, b] = trail.view().places;
    expect(a?.temperatureC.every((value) => value === 40)).to.equal(true);
    expect(a?.memoryUsedMiB.every((value) => value === null)).to.equal(true);
    expect([b?.temperatureC[0], b?.temperatureC.at(-1)]).to.deep.equal([null, 60]);
    expect(failures).to.deep.equal([]);
  });

  it('goes on after a look that failed', async () => {
    const { tables, queries, clock } = someWebPorts();
    const resources = queries.resources.bind(queries);
    const failures: unknown[] = [];
    queries.resources = () => Promise.reject(new Error('the database is away'));
    const trail = new PlaceTrail(queries, clock, (thrown) => failures.push(thrown), 1);
    trail.start();
    await until('a failure', () => failures.length > 0);
    tables.resources.set('a', aResource({ id: 'a' }));
    queries.resources = resources;
    await until('a look', () => trail.view().places.length === 1);
    trail.stop();
  });
});

describe('an answer that many ask for', () => {
  it('is made once for all who ask within its time, and anew after that or after a failure', async () => {
    const clock = new FakeClock();
    let made = 0;
    let fails = false;
    const shared = new SharedAnswer(clock, 100, () => {
      made += 1;
      return fails ? Promise.reject(new Error('no')) : Promise.resolve(made);
    });
    expect(await Promise.all([shared.get(), shared.get()])).to.deep.equal([1, 1]);
    await clock.advance(100);
    fails = true;
    expect(await shared.get().catch(() => 'failed')).to.equal('failed');
    fails = false;
    expect(await shared.get()).to.equal(3);
  });
});
