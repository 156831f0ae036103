import { expect } from 'chai';
import { CASE_STATES } from '../../src/domain/case-machine.js';
import type { CaseFilter } from '../../src/ports/case-queries.js';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { aReceipt } from '../builders/a-receipt.js';
import { onAllStores } from '../test-databases.js';

const cases = [
  aCase({ id: 'a1', folder: 'G1/head', createdAt: 10, planLabel: 'Brain 50%' }),
  aCase({ id: 'a2', folder: 'G1/head', run: 2, createdAt: 20, state: 'completed', planLabel: 'Brain 50x' }),
  aCase({ id: 'b1', folder: 'G2/100%_done', createdAt: 30, state: 'failed' }),
  aCase({ id: 'b2', folder: 'G2/1000_done', createdAt: 30, heldBecause: 'disk full' }),
  aCase({ id: 'c%', folder: 'G2\\x', createdAt: 40, state: 'completed', planLabel: '폐암' }),
];

describe('case queries', () => {
  onAllStores((stores) => {
    beforeEach(() =>
      stores().seed({
        cases,
        beams: [
          aBeam({ caseId: 'a2', beamNumber: 1, state: 'converted' }),
          aBeam({ caseId: 'a2', beamNumber: 2, state: 'converted' }),
          aBeam({ caseId: 'b1', beamNumber: 1, state: 'converted' }),
          aBeam({ caseId: 'b1', beamNumber: 2, state: 'failed' }),
        ],
      }),
    );

    const found = async (filter: CaseFilter): Promise<readonly string[]> => {
      const rows = await stores().queries.list(filter);
      if (filter.limit === undefined) expect(await stores().queries.count(filter)).to.equal(rows.length);
      return rows.map(({ kase }) => kase.id);
    };

    it('lists the newest first, with how many beams have their dose', async () => {
      expect(await found({})).to.deep.equal(['c%', 'b2', 'b1', 'a2', 'a1']);
      const rows = await stores().queries.list({});
      expect(rows.map(({ beamsDone }) => beamsDone)).to.deep.equal([0, 0, 1, 2, 0]);
      expect(rows[4]?.kase).to.deep.equal(cases[0]);
    });

    it('lists a page', async () => {
      expect(await found({ limit: 2 })).to.deep.equal(['c%', 'b2']);
      expect(await found({ limit: 2, offset: 3 })).to.deep.equal(['a2', 'a1']);
    });

    it('gives what is still to be calculated of cases that go on, and what finished lately, newest first', async () => {
      await stores().seed({
        cases: [
          aCase({ id: 'd1', folder: 'd1', state: 'interpreted', priority: 5, createdAt: 77 }),
          aCase({ id: 'd2', folder: 'd2', state: 'interpreted', heldBecause: 'look at it' }),
        ],
        beams: [
          aBeam({ caseId: 'd1', beamNumber: 1, state: 'submitted' }),
          aBeam({ caseId: 'd1', beamNumber: 2 }),
          aBeam({ caseId: 'd1', beamNumber: 3, state: 'converted', startedAt: 1, finishedAt: 5 }),
          aBeam({ caseId: 'd1', beamNumber: 4, state: 'converted', startedAt: 1, finishedAt: 9 }),
          aBeam({ caseId: 'd2', beamNumber: 1 }),
        ],
      });
      const { open, finished } = await stores().queries.workload();
      expect(open.map(({ beam, priority, createdAt }) => [beam.id, priority, createdAt])).to.deep.equal([
        ['d1/1', 5, 77],
        ['d1/2', 5, 77],
      ]);
      expect(finished.map(({ id }) => id)).to.deep.equal(['d1/4', 'd1/3']);
      expect((await stores().beams.finishedLately(1)).map(({ id }) => id)).to.deep.equal(['d1/4']);
    });

    it('filters by states, held and age', async () => {
      expect(await found({ states: ['completed', 'failed'] })).to.deep.equal(['c%', 'b1', 'a2']);
      expect(await found({ states: [] })).to.deep.equal([]);
      expect(await found({ held: true })).to.deep.equal(['b2']);
      expect(await found({ held: false, since: 20, states: ['failed', 'registered'] })).to.deep.equal(['b1']);
    });

    it('searches id, folder and plan label anywhere, in capitals or not', async () => {
      expect(await found({ search: 'HEAD' })).to.deep.equal(['a2', 'a1']);
      expect(await found({ search: 'brain' })).to.deep.equal(['a2', 'a1']);
      expect(await found({ search: '암' })).to.deep.equal(['c%']);
      expect(await found({ search: '' })).to.have.lengthOf(5);
    });

    it('searches the id alone where names must not show by what is found', async () => {
      expect(await found({ search: 'HEAD', byIdOnly: true })).to.deep.equal([]);
      expect(await found({ search: 'brain', byIdOnly: true })).to.deep.equal([]);
      expect(await found({ search: 'A2', byIdOnly: true })).to.deep.equal(['a2']);
    });

    it('takes percent, underscore and backslash in a search as they are', async () => {
      expect(await found({ search: '0%' })).to.deep.equal(['b1', 'a1']);
      expect(await found({ search: '%_d' })).to.deep.equal(['b1']);
      expect(await found({ search: '\\x' })).to.deep.equal(['c%']);
      expect(await found({ search: "'; DROP TABLE cases; --" })).to.deep.equal([]);
    });

    it('gives one case with everything that belongs to it', async () => {
      await stores().receipts.record(aReceipt({ caseId: 'b1' }));
      const retry = { event: 'retry', to: 'registered', reason: null, actor: 'cli:physicist' } as const;
      const kase = await stores().cases.commit(cases[2]!, { change: {}, transition: retry, at: 50 });
      await stores().cases.claimDue({ owner: 'me', now: 60, leaseMs: 1, steps: ['validate'], limit: 5 });
      const record = await stores().queries.record('b1');
      expect(record?.kase).to.include({ id: 'b1', state: 'registered', version: kase.version + 1 });
      expect(record?.beamsDone).to.equal(1);
      expect(record?.beams.map(({ beamNumber }) => beamNumber)).to.deep.equal([1, 2]);
      expect(record?.attempts.map(({ step, owner }) => [step, owner])).to.deep.equal([['validate', 'me']]);
      expect(record?.transitions.map(({ event }) => event)).to.deep.equal(['retry']);
      expect(record?.receipts).to.deep.equal([aReceipt({ caseId: 'b1' })]);
      expect(await stores().queries.record('none')).to.equal(null);
    });

    it('finds the case meant by an id, a folder, or the start of one', async () => {
      const meant = async (text: string): Promise<readonly string[]> =>
        (await stores().queries.matching(text)).map(({ id }) => id);
      expect(await meant('a1')).to.deep.equal(['a1']);
      expect(await meant('a')).to.deep.equal(['a2', 'a1']);
      expect(await meant('G1/head')).to.deep.equal(['a2']);
      expect(await meant('G1')).to.deep.equal(['a2']);
      expect(await meant('G2/100')).to.deep.equal(['b2', 'b1']);
      expect(await meant('G2/100%')).to.deep.equal(['b1']);
      expect(await meant('%')).to.deep.equal([]);
      expect(await meant('')).to.deep.equal([]);
      expect(await meant('zzz')).to.deep.equal([]);
    });

    it('finds a folder by its name in any spelling, and by the exact one where several are alike', async () => {
      const nfc = 'M\u00fcller 1';
      const nfd = 'Mu\u0308ller 1';
      await stores().seed({
        cases: [
          aCase({ id: 'm1', folder: nfd, createdAt: 50 }),
          aCase({ id: 'h1', folder: 'Head', createdAt: 60 }),
          aCase({ id: 'h2', folder: 'HEAD', createdAt: 70 }),
        ],
      });
      const meant = async (text: string): Promise<readonly string[]> =>
        (await stores().queries.matching(text)).map(({ id }) => id);
      for (const text of [nfd, nfc, nfc.toUpperCase(), 'm\u00fcll', 'mu\u0308ll'])
        expect(await meant(text)).to.deep.equal(['m1']);
      expect([await meant('Head'), await meant('HEAD'), await meant('head')]).to.deep.equal([
        ['h1'],
        ['h2'],
        ['h2', 'h1'],
      ]);
      expect(await found({ search: 'M\u00dcLLER' })).to.deep.equal(['m1']);
    });

    it('finds the folder of every inbox that has one of that name', async () => {
      const there = { inbox: 'research', folder: 'G1/head' };
      await stores().seed({
        cases: [aCase({ id: 'r1', ...there, createdAt: 50 }), aCase({ id: 'r2', ...there, run: 2, createdAt: 60 })],
      });
      const meant = (await stores().queries.matching('G1/head')).map(({ id }) => id);
      expect(meant).to.deep.equal(['r2', 'a2']);
    });

    it('counts the cases in each state', async () => {
      const counts = await stores().queries.countByState();
      expect(Object.keys(counts).sort()).to.deep.equal([...CASE_STATES].sort());
      expect(counts).to.include({ registered: 2, completed: 2, failed: 1, cancelled: 0 });
    });
  });
});
