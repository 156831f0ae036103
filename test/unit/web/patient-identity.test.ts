import { expect } from 'chai';
import Fastify, { type FastifyRequest, type LightMyRequestResponse } from 'fastify';
import type { AccessRule } from '../../../src/web/access.js';
import { letIn } from '../../../src/web/session/let-in.js';
import type { Principal } from '../../../src/web/session/principal.js';
import { folderHash } from '../../../src/workflow/folder-hash.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aDelivery } from '../../builders/a-delivery.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { cookieOf, PASSWORD, SomeVisits } from '../../builders/some-visits.js';

const NAME = 'DOE^JANE';

describe('a patient', () => {
  const visits = new SomeVisits();
  beforeEach(async () => {
    await visits.begin();
    const { tables } = visits.ports;
    const named = { folder: `${NAME} 1`, planLabel: `${NAME} plan`, heldBecause: `ask about ${NAME}` };
    tables.cases.set('c1', aCase({ id: 'c1', state: 'interpreted', createdAt: 1, ...named }));
    tables.cases.set('c2', aCase({ id: 'c2', folder: NAME, state: 'failed', finishedAt: 1 }));
    tables.beams.set('c1/1', aBeam({ caseId: 'c1' }));
    tables.transitions.push({
      id: 1,
      caseId: 'c1',
      event: 'hold',
      from: 'interpreted',
      to: 'interpreted',
      reason: `ask about ${NAME}`,
      actor: 'cli:anna',
      at: 1,
    });
    tables.receipts.set('r', aReceipt({ caseId: 'c1', status: 'delivered', location: `/pacs/${NAME}/RD.dcm` }));
    const problem = `${NAME}.ptn cannot be read`;
    tables.deliveries.set(1, { id: 1, ...aDelivery({ caseId: 'c1', folder: `${NAME}/1`, problem }) });
    tables.arrivals = [{ inbox: '', folder: NAME, files: 3, bytes: 7, lastChangeAt: 0 }];
  });
  afterEach(() => visits.end());

  const as = async (
    user: string,
    rule: Partial<AccessRule> = {},
  ): Promise<(url: string) => Promise<LightMyRequestResponse>> => {
    await visits.serve({ auth: 'users', ...rule });
    const cookie = cookieOf(await visits.logIn({ user, password: PASSWORD }));
    return (url) => visits.ask({ url, headers: { cookie } });
  };

  it('is seen by operators, who must know whose case it is', async () => {
    const get = await as('oskar');
    expect((await get('/api/cases')).body).to.contain(NAME);
    expect((await get('/api/cases/c1')).body).to.contain(`ask about ${NAME}`);
  });

  it('is not seen by viewers, who see everything else', async () => {
    const get = await as('vera');
    for (const url of ['/api/cases', '/api/cases/c1', '/api/gpus', '/api/session']) {
      const answer = await get(url);
      expect(answer.statusCode, url).to.equal(200);
      expect(answer.body, url).not.to.match(/DOE|JANE/);
    }
    const kase = (await get('/api/cases/c1')).json<Record<string, unknown>>();
    const folder = `#${folderHash({ inbox: '', folder: `${NAME} 1` })}`;
    expect(kase).to.deep.include({ id: 'c1', folder, planLabel: null, status: 'held', waitingFor: 'an operator' });
    expect((kase['beams'] as unknown[])[0]).to.include({ number: 1, layers: aBeam().layers });
    expect((kase['receipts'] as unknown[])[0]).to.include({ target: 'outbox', location: null, status: 'delivered' });
    expect((kase['deliveries'] as unknown[])[0]).to.deep.include({
      folders: [],
      problem: 'not shown: it may name a patient',
    });
    expect((kase['transitions'] as unknown[])[0]).to.include({ event: 'hold', actor: 'cli:anna', reason: null });
  });

  it('is not found by viewers either: their search knows ids alone', async () => {
    const get = await as('vera');
    const ids = async (search: string): Promise<string[]> =>
      (await get(`/api/cases?search=${search}`)).json<{ cases: { id: string }[] }>().cases.map(({ id }) => id);
    expect(await ids('doe')).to.deep.equal([]);
    expect(await ids('plan')).to.deep.equal([]);
    expect(await ids('C1')).to.deep.equal(['c1']);
  });

  it('is seen by the roles of the configuration', async () => {
    expect((await (await as('vera', { patientsFor: 'viewer' }))('/api/cases')).body).to.contain(NAME);
    expect((await (await as('oskar', { patientsFor: 'admin' }))('/api/cases')).body).not.to.contain(NAME);
    expect((await (await as('adam', { patientsFor: 'admin' }))('/api/cases')).body).to.contain(NAME);
  });

  it('can be searched for without a name in any address', async () => {
    await as('oskar');
    const login = await visits.logIn({ user: 'oskar', password: PASSWORD });
    const headers = { cookie: cookieOf(login), 'x-csrf-token': login.json<{ csrf: string }>().csrf };
    const search = (payload: object): Promise<LightMyRequestResponse> =>
      visits.ask({ method: 'POST', url: '/api/cases/search', payload, headers });
    const found = (await search({ search: 'jane', state: 'failed' })).json<{ cases: { id: string }[] }>();
    expect(found.cases.map(({ id }) => id)).to.deep.equal(['c2']);
    expect((await search({ limit: 0 })).statusCode).to.equal(400);
    const vera = await visits.logIn({ user: 'vera', password: PASSWORD });
    const asVera = { cookie: cookieOf(vera), 'x-csrf-token': vera.json<{ csrf: string }>().csrf };
    const url = '/api/cases/search';
    const answer = await visits.ask({ method: 'POST', url, payload: { search: 'jane' }, headers: asVera });
    expect(answer.json<{ cases: unknown[] }>().cases, 'viewers may search, by ids').to.deep.equal([]);
  });

  it('is named in no line of the log and no row of the audit trail, whatever is asked', async () => {
    const get = await as('oskar');
    await get(`/api/cases?search=${NAME}`);
    await get(`/api/cases/${NAME}`);
    await get(`/${NAME}`);
    await visits.logIn({ user: NAME, password: NAME });
    await visits.logIn({ token: NAME });
    visits.ports.queries.list = () => Promise.reject(new Error(NAME));
    expect((await get('/api/cases')).body).not.to.contain('DOE');
    const written = JSON.stringify([
      visits.ports.log.lines.map(({ message, fields }) => [message, fields]),
      visits.ports.audit.rows,
    ]);
    expect(written).to.contain('web request failed').and.not.to.contain('DOE');
  });

  it('is kept from viewers also in what cannot be shown without, and each fetch of it is written down before', async () => {
    const app = Fastify();
    const { audit, queries } = visits.ports;
    const asked = (request: FastifyRequest): Promise<{ principal: Principal }> => {
      const principal = { user: 'x', actor: `web:${String(request.headers['x-test'])}`, csrf: null, sessionId: null };
      const seesPatients = request.headers['x-test'] === 'oskar';
      return Promise.resolve({ principal: { ...principal, role: 'viewer', seesPatients } });
    };
    letIn(app, { admit: asked }, { audit, queries });
    const access = { showsPatient: true, audited: 'download' } as const;
    app.get('/cases/:id/file', { config: { access } }, () => audit.lines);
    const fetched = (who: string, id: string): Promise<LightMyRequestResponse> =>
      app.inject({ url: `/cases/${id}/file`, headers: { 'x-test': who } });
    expect((await fetched('vera', 'c1')).statusCode).to.equal(403);
    expect((await fetched('oskar', 'c1')).json()).to.deep.equal(['web:oskar download c1 done']);
    expect((await fetched('oskar', NAME)).json()).to.deep.include('web:oskar download done');
    await app.close();
  });
});
