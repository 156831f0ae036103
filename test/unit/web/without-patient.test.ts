import { expect } from 'chai';
import { choosePlan } from '../../../src/domain/acceptance.js';
import { toFailure, type Failure } from '../../../src/domain/errors.js';
import { printableName } from '../../../src/domain/printable-name.js';
import { anInventory, aPlanFile } from '../../builders/an-inventory.js';
import type { FakeTables } from '../../fakes/fake-tables.js';
import { OPENAPI } from '../../../src/web/interface/document.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aComparison, aDelivery } from '../../builders/a-delivery.js';
import { anAttempt } from '../../builders/an-attempt.js';
import { aReceipt } from '../../builders/a-receipt.js';
import { aResource } from '../../builders/a-resource.js';
import { refused } from '../../refused.js';
import { cookieOf, PASSWORD, SomeVisits } from '../../builders/some-visits.js';

const NAME = 'DOE^JANE';
const QUERIES: Readonly<Record<string, string>> = {
  '/api/history': '?from=2026-01-01&to=2026-01-02',
  '/api/history.csv': '?from=2026-01-01&to=2026-01-02&table=failures',
};

/** As a plan of photons is refused, by its file. */
const refusedFor = (path: string): Failure =>
  toFailure(refused(() => choosePlan(anInventory({ ionPlans: [], otherPlans: [aPlanFile({ path })] }))));

/** The name in every field whose text comes from files, folders, people or peers. */
function plant({ cases, beams, attempts, transitions, receipts, deliveries, resources }: FakeTables): void {
  const named = { folder: NAME, folderKey: NAME, planLabel: NAME };
  cases.set('c1', aCase({ id: 'c1', state: 'interpreted', ...named, heldBecause: `ask ${NAME}` }));
  cases.set(
    'c2',
    aCase({
      id: 'c2',
      state: 'failed',
      ...named,
      folder: `${NAME} 2`,
      finishedAt: 1,
      error: refusedFor(`RP.${NAME}.dcm`),
    }),
  );
  const waitingFor = `CT is missing; could not be read: ${printableName(`CT.${NAME}.3.dcm`)} (too short)`;
  cases.set('c3', aCase({ id: 'c3', ...named, folder: `${NAME} 3`, waitingFor }));
  for (const caseId of ['c1', 'c2']) {
    beams.set(`${caseId}/1`, aBeam({ caseId, name: NAME, state: 'submitted' }));
    const told = { location: `/pacs/${NAME}/RD.dcm`, peerSaid: `no such patient: ${NAME}` };
    receipts.set(`${caseId}/r`, aReceipt({ caseId, status: 'failed', ...told }));
    const move = { event: 'hold', from: 'interpreted', to: 'interpreted', actor: 'cli:anna', at: 1 } as const;
    transitions.push({ id: transitions.length + 1, caseId, ...move, reason: `ask ${NAME}` });
  }
  const delivered = { folder: `${NAME}/1`, problem: `${NAME}.ptn cannot be read`, comparison: aComparison() };
  deliveries.set(1, { id: 1, ...aDelivery({ caseId: 'c1', ...delivered }) });
  attempts.push(anAttempt({ caseId: 'c1', error: refusedFor(`RP.${NAME}.dcm`) }));
  resources.set('local/GPU-1', aResource());
}

describe('what viewers, who see no patients, get of a case in which every field names one', () => {
  const visits = new SomeVisits();
  let headers: Readonly<Record<string, string>>;

  beforeEach(async () => {
    await visits.begin();
    const { tables, logs } = visits.ports;
    plant(tables);
    tables.arrivals = [{ inbox: '', folder: NAME, files: 3, bytes: 7, lastChangeAt: 0 }];
    logs.add({ kind: 'case', caseId: 'c1' }, '{"message":"case taken"}');
    logs.add({ kind: 'interpreter', caseId: 'c1', run: 1 }, NAME);
    await visits.serve({ auth: 'users' });
    headers = await of('vera');
  });
  afterEach(() => visits.end());

  const of = async (user: string): Promise<Readonly<Record<string, string>>> => {
    const login = await visits.logIn({ user, password: PASSWORD });
    return { cookie: cookieOf(login), 'x-csrf-token': login.json<{ csrf: string }>().csrf };
  };
  /** Every address that can be read, but the stream of events, whose answer does not end. */
  const addresses = Object.entries(OPENAPI.paths)
    .filter(([path, verbs]) => 'get' in verbs && path !== '/api/events')
    .map(([path]) => path.replace('{id}', 'c1').replace('{beam}', '1').replace('{file}', 'f1'))
    .map((path) => path + (QUERIES[path] ?? ''));

  for (const url of addresses) {
    it(`names nobody: ${url}`, async () => {
      const answer = await visits.ask({ url, headers });
      // Pictures of the fake are not there (404); files are refused (403).
      expect(answer.statusCode).to.be.oneOf(/\/(dose|layers)$/.test(url) ? [404] : /\/files/.test(url) ? [403] : [200]);
      expect(answer.body).not.to.match(/DOE|JANE/i);
      expect(JSON.stringify(answer.headers)).not.to.match(/DOE|JANE/i);
    });
  }

  it('is there for those who see patients, in all of these fields', async () => {
    const { body } = await visits.ask({ url: '/api/cases/c1', headers: await of('oskar') });
    expect(body.split(NAME).length - 1).to.be.at.least(8);
  });

  it('names nobody in the list of the page, nor by the order of its rows', async () => {
    const { cases } = visits.ports.tables;
    cases.set('a', aCase({ id: 'a', folder: 'AAA', folderKey: 'aaa', createdAt: 2 }));
    cases.set('z', aCase({ id: 'z', folder: 'ZZZ', folderKey: 'zzz', createdAt: 3 }));
    const ids = async (who: Readonly<Record<string, string>>, order: string): Promise<string[]> => {
      const asked = { method: 'POST', url: '/api/cases/search', headers: who } as const;
      const answer = await visits.ask({ ...asked, payload: { sort: 'folder', order, since: '1970-01-01T00:00:00Z' } });
      if (who === headers) expect(answer.body).not.to.match(/DOE|JANE|AAA|ZZZ/);
      return answer
        .json<{ cases: { id: string }[] }>()
        .cases.map(({ id }) => id)
        .filter((id) => /^[az]$/.test(id));
    };
    expect(await ids(await of('oskar'), 'asc')).to.deep.equal(['a', 'z']);
    expect(await ids(headers, 'desc')).to.deep.equal(['z', 'a']);
    cases.set('a', aCase({ id: 'a', folder: 'ZZZZ', folderKey: 'zzzz', createdAt: 2 }));
    expect(await ids(headers, 'desc'), 'whatever the folders are called').to.deep.equal(['z', 'a']);
  });

  it('is kept from the logs of programs that are not ours', async () => {
    for (const source of ['engine&beam=1', 'interpreter']) {
      const answer = await visits.ask({ url: `/api/cases/c1/log?source=${source}`, headers });
      expect(answer.statusCode, source).to.equal(403);
      expect(answer.body).not.to.contain('DOE');
    }
  });
});
