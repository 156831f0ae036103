import { expect } from 'chai';
import type { CaseOrder } from '../../src/ports/case-lists.js';
import type { CaseFilter } from '../../src/ports/case-queries.js';
import { aBeam } from '../builders/a-beam.js';
import { aCase } from '../builders/a-case.js';
import { onAllStores } from '../test-databases.js';

const NEWEST: CaseOrder = { by: 'created', descending: true };

const cases = [
  aCase({ id: 'a1', folder: 'lung 3', createdAt: 10, updatedAt: 90, state: 'completed', machine: 'G1' }),
  aCase({
    id: 'a2',
    folder: 'Brain',
    createdAt: 20,
    updatedAt: 20,
    state: 'failed',
    machine: 'G2',
    planLabel: 'Boost',
  }),
  aCase({ id: 'b1', folder: 'lung 1', createdAt: 30, updatedAt: 30, state: 'interpreted', machine: 'G1' }),
  aCase({ id: 'b2', folder: 'lung 2', createdAt: 30, updatedAt: 40, waitingFor: 'CT slices' }),
  aCase({ id: 'c1', folder: 'neck', createdAt: 40, updatedAt: 50, heldBecause: 'look at it', waitingFor: 'CT slices' }),
];

describe('case lists', () => {
  onAllStores((stores) => {
    beforeEach(() =>
      stores().seed({
        cases,
        beams: [
          aBeam({ caseId: 'b1', beamNumber: 1, state: 'converted', progress: 100 }),
          aBeam({ caseId: 'b1', beamNumber: 2, state: 'submitted', progress: 40 }),
          aBeam({ caseId: 'a1', beamNumber: 1, state: 'converted', progress: 100 }),
        ],
      }),
    );

    const ids = async (filter: CaseFilter, order = NEWEST): Promise<readonly string[]> =>
      (await stores().lists.page(filter, order)).rows.map(({ kase }) => kase.id);

    it('give a page, how many there are altogether, and how far each beam is that is being calculated', async () => {
      const { rows, total } = await stores().lists.page({ limit: 2, offset: 1 }, NEWEST);
      expect(total).to.equal(5);
      expect(rows.map(({ kase, beamsDone }) => [kase.id, beamsDone])).to.deep.equal([
        ['b2', 0],
        ['b1', 1],
      ]);
      expect(rows[1]?.beams).to.deep.equal([
        { beamNumber: 1, state: 'converted', progress: 100 },
        { beamNumber: 2, state: 'submitted', progress: 40 },
      ]);
      expect(rows[1]?.kase).to.deep.equal(cases[2]);
      const all = await stores().lists.page({}, NEWEST);
      expect(all.rows.find(({ kase }) => kase.id === 'a1')?.beams).to.deep.equal([]);
    });

    it('count right also where the page is not full, or lies behind the end', async () => {
      expect((await stores().lists.page({ limit: 3, offset: 3 }, NEWEST)).total).to.equal(5);
      expect((await stores().lists.page({ limit: 3, offset: 30 }, NEWEST)).total).to.equal(5);
      expect((await stores().lists.page({ limit: 3, search: 'nowhere' }, NEWEST)).total).to.equal(0);
    });

    it('order by when a case came or last changed, by folder whatever its capitals, and by state', async () => {
      expect(await ids({}, { by: 'created', descending: false })).to.deep.equal(['a1', 'a2', 'b1', 'b2', 'c1']);
      expect(await ids({}, { by: 'updated', descending: true })).to.deep.equal(['a1', 'c1', 'b2', 'b1', 'a2']);
      expect(await ids({}, { by: 'folder', descending: false })).to.deep.equal(['a2', 'b1', 'b2', 'a1', 'c1']);
      expect(await ids({}, { by: 'state', descending: false })).to.deep.equal(['a1', 'a2', 'b1', 'b2', 'c1']);
    });

    it('filter by machine, days, what waits and what is held, and search in any spelling', async () => {
      expect(await ids({ machine: 'G1' })).to.deep.equal(['b1', 'a1']);
      expect(await ids({ since: 20, before: 40 })).to.deep.equal(['b2', 'b1', 'a2']);
      expect(await ids({ waiting: true })).to.deep.equal(['b2']);
      expect(await ids({ held: true })).to.deep.equal(['c1']);
      expect(await ids({ search: 'LUNG', states: ['completed'] })).to.deep.equal(['a1']);
      expect(await ids({ search: 'boost' })).to.deep.equal(['a2']);
    });

    it('tell how all cases stand', async () => {
      const { byState, held, waiting, machines } = await stores().lists.summary();
      expect(byState).to.include({ registered: 2, completed: 1, failed: 1, interpreted: 1, cancelled: 0 });
      expect([held, waiting, machines]).to.deep.equal([1, 1, ['G1', 'G2']]);
    });

    it('mark the cases under way and those that changed since, anew when a case or one of its beams changes', async () => {
      const marks = async (): Promise<ReadonlyMap<string, string>> =>
        new Map((await stores().lists.marks(60)).map(({ id, mark }) => [id, mark]));
      const before = await marks();
      expect([...before.keys()].sort()).to.deep.equal(['a1', 'b1', 'b2', 'c1']);
      const beam = (await stores().beams.ofCase('b1')).find(({ beamNumber }) => beamNumber === 2)!;
      await stores().beams.noteProgress(beam, 60);
      await stores().cases.commit(cases[3]!, { change: { priority: 3 }, at: 70 });
      const after = await marks();
      expect(
        [...after]
          .filter(([id, mark]) => before.get(id) !== mark)
          .map(([id]) => id)
          .sort(),
      ).to.deep.equal(['b1', 'b2']);
    });

    it('know the machine of a case as soon as its beams are known', async () => {
      const { lists } = stores();
      const { id: _id, caseId: _caseId, ...figures } = aBeam({ machine: 'G3' });
      await stores().cases.commit(cases[3]!, { change: {}, at: 80, beams: [figures] });
      expect((await lists.page({ machine: 'G3' }, NEWEST)).rows.map(({ kase }) => kase.id)).to.deep.equal(['b2']);
    });
  });
});
