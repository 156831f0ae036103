import { expect } from 'chai';
import Fastify, { type FastifyInstance, type LightMyRequestResponse } from 'fastify';
import { caseFileRoutes } from '../../../src/web/case-file-routes.js';
import { casePageRoutes } from '../../../src/web/case-page-routes.js';
import { problemOf, sendProblem } from '../../../src/web/problem.js';
import { forbidden } from '../../../src/web/session/admission.js';
import type { Principal } from '../../../src/web/session/principal.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';
import { someWebPorts, type SomeWebPorts } from '../../builders/some-web-ports.js';

const FILE = {
  id: 'dose-1',
  name: 'c1.RD.001.dcm',
  kind: 'dose',
  beamNumber: 1,
  attempt: null,
  mediaType: 'application/dicom',
} as const;

describe('what the page of a case asks for', () => {
  let ports: SomeWebPorts;
  let app: FastifyInstance;
  let who: Principal;
  beforeEach(() => {
    ports = someWebPorts();
    who = { user: 'anna', role: 'operator', actor: 'web:anna', seesPatients: true, csrf: null, sessionId: null };
    app = Fastify();
    app.setErrorHandler((thrown, _request, reply) => sendProblem(reply, problemOf(thrown)));
    app.decorateRequest('principal', null);
    app.addHook('onRequest', async (request, reply) => {
      request.principal = who;
      const refusal = forbidden(who, request);
      if (refusal !== null) await sendProblem(reply, refusal);
    });
    casePageRoutes(app, ports);
    caseFileRoutes(app, ports);
    ports.tables.cases.set('c1', aCase({ id: 'c1', state: 'completed' }));
    ports.tables.cases.set('c2', aCase({ id: 'c2', run: 2, resultsOf: 'c1' }));
    ports.tables.beams.set('c1/1', aBeam({ caseId: 'c1', attempt: 3 }));
    ports.tables.beams.set('c2/1', aBeam({ caseId: 'c2', attempt: 0 }));
    ports.files.add(FILE, 'the dose of beam 1');
  });
  afterEach(() => app.close());

  const get = (url: string, headers: Record<string, string> = {}): Promise<LightMyRequestResponse> =>
    app.inject({ url: `/api/cases/${url}`, headers });
  const refusal = async (url: string): Promise<readonly [number, string]> => {
    const answer = await get(url);
    return [answer.statusCode, answer.json<{ code: string }>().code];
  };

  it('is nothing of a case, a beam or a file that is not there', async () => {
    for (const part of ['timeline', 'deliveries', 'beams/1/layers', 'beams/1/dose', 'log', 'files', 'files/dose-1']) {
      expect(await refusal(`zzz/${part}`), part).to.deep.equal([404, 'case.not-found']);
    }
    expect(await refusal('c1/beams/7/dose')).to.deep.equal([404, 'case.no-such-beam']);
    expect(await refusal('c1/log?source=engine&beam=7')).to.deep.equal([404, 'case.no-such-beam']);
    expect(await refusal('c1/files/other')).to.deep.equal([404, 'case.no-such-file']);
    expect(await refusal('c1/beams/1/dose')).to.deep.equal([404, 'picture.not-there']);
  });

  for (const url of [
    'c1/beams/x/dose',
    'c1/beams/-1/layers',
    'c1/beams/1/dose?of=all',
    'c1/beams/1/dose?size=9',
    'c1/log?source=service',
  ]) {
    it(`is refused as a wrong request: ${url}`, async () => {
      expect(await refusal(url)).to.deep.equal([400, 'web.wrong-request']);
    });
  }

  it('leads nowhere else by dots and slashes in a file’s id', async () => {
    for (const id of ['..%2f..%2fetc%2fpasswd', '%2e%2e', '..', '%00', 'dose-1%2f..']) {
      expect((await get(`c1/files/${id}`)).statusCode, id).to.be.within(400, 404);
    }
    expect(ports.files.asked.every(([of]) => of.kase.id === 'c1')).to.equal(true);
  });

  it('is a picture once: who has it already is told that it has not changed', async () => {
    ports.pictures.beams.set(1, { beamNumber: 1, metersetUnit: 'MU', meterset: 1, layers: [], spotsLeftOut: false });
    const first = await get('c1/beams/1/layers');
    expect(first.json()).to.include({ beamNumber: 1 });
    const etag = String(first.headers.etag);
    // A proxy that packs answers makes the tag a weak one (RFC 9110, 8.8.3); clients may name several.
    for (const known of [etag, `W/${etag}`, `"another", ${etag}`, '*']) {
      const again = await get('c1/beams/1/layers', { 'if-none-match': known });
      expect([again.statusCode, again.body], known).to.deep.equal([304, '']);
    }
    expect((await get('c1/beams/1/layers', { 'if-none-match': '"another"' })).statusCode).to.equal(200);
  });

  it('is drawn from the run whose results stand for this one’s', async () => {
    await get('c2/beams/1/dose?of=plan&through=maximum');
    expect(ports.pictures.asked).to.have.length(1);
    expect(ports.pictures.asked[0]).to.deep.include({ beamNumber: 1, of: 'plan', through: 'maximum' });
    expect((ports.pictures.asked[0] as { kase: { id: string } }).kase.id).to.equal('c1');
  });

  it('is a log from a place on; of a beam the newest attempt unless another is named', async () => {
    const engine = { kind: 'engine', caseId: 'c1', run: 1, beamNumber: 1 } as const;
    ports.logs
      .add({ kind: 'case', caseId: 'c1' }, 'a', 'b', 'c')
      .add({ ...engine, attempt: 3 }, 'third')
      .add({ ...engine, attempt: 1 }, 'first');
    const lines = async (url: string): Promise<string[]> => (await get(url)).json<{ lines: string[] }>().lines;
    expect(await lines('c1/log')).to.deep.equal(['a', 'b', 'c']);
    expect(await lines('c1/log?from=2')).to.deep.equal(['c']);
    expect(await lines('c1/log?source=engine&beam=1')).to.deep.equal(['third']);
    expect(await lines('c1/log?source=engine&beam=1&attempt=1')).to.deep.equal(['first']);
  });

  it('is planned against delivered layer by layer, of the deliveries that were compared', async () => {
    ports.tables.deliveries.set(1, { id: 1, ...aDelivery({ caseId: 'c1', comparison: aComparison() }) });
    ports.tables.deliveries.set(2, { id: 2, ...aDelivery({ caseId: 'c1', folder: 'b', problem: 'unreadable' }) });
    const { deliveries } = (await get('c1/deliveries')).json<{ deliveries: { layers: unknown[] }[] }>();
    expect(deliveries).to.have.length(1);
    expect(deliveries[0]?.layers).to.deep.equal(aComparison().layers);
  });

  it('is a file to keep, never shown as a page of ours', async () => {
    const { headers, body } = await get('c1/files/dose-1');
    expect(body).to.equal('the dose of beam 1');
    expect(headers).to.include({
      'content-disposition': 'attachment; filename="c1.RD.001.dcm"',
      'content-type': 'application/dicom',
      'content-length': '18',
      'accept-ranges': 'bytes',
    });
  });

  it('has no header that a file’s name could add', async () => {
    ports.files.add({ ...FILE, id: 'odd', name: 'a"\r\nset-cookie: x=1; b.dcm' }, 'x');
    const { headers } = await get('c1/files/odd');
    expect(headers['set-cookie']).to.equal(undefined);
    expect(headers['content-disposition']).to.match(/^attachment; filename="[\w.-]+"$/);
  });

  it('is a part of a file where one is asked for, for as long as it is the same file', async () => {
    const part = await get('c1/files/dose-1', { range: 'bytes=4-7' });
    expect([part.statusCode, part.body, part.headers['content-range']]).to.deep.equal([206, 'dose', 'bytes 4-7/18']);
    const beyond = await get('c1/files/dose-1', { range: 'bytes=18-' });
    expect([beyond.statusCode, beyond.headers['content-range']]).to.deep.equal([416, 'bytes */18']);
    const changed = await get('c1/files/dose-1', { range: 'bytes=4-7', 'if-range': '"other"' });
    expect([changed.statusCode, changed.body]).to.deep.equal([200, 'the dose of beam 1']);
    for (const known of ['"tag"', 'W/"tag"', '"x", "tag"']) {
      expect((await get('c1/files/dose-1', { 'if-none-match': known })).statusCode, known).to.equal(304);
    }
  });

  it('is kept from those who may not see patients: files and what programs print; figures and the case’s own log are not', async () => {
    who = { ...who, role: 'viewer', seesPatients: false };
    ports.logs.add({ kind: 'case', caseId: 'c1' }, 'a');
    for (const url of ['c1/files', 'c1/files/dose-1', 'c1/log?source=engine&beam=1', 'c1/log?source=interpreter']) {
      expect(await refusal(url), url).to.deep.equal([403, 'web.forbidden']);
    }
    expect(ports.files.asked).to.deep.equal([]);
    for (const url of ['c1/timeline', 'c1/log', 'c1/deliveries'])
      expect((await get(url)).statusCode, url).to.equal(200);
  });
});
