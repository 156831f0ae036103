import { expect } from 'chai';
import { TypeormCaseHistory } from '../../../src/adapters/database/typeorm-case-history.js';
import { AttemptSchema } from '../../../src/adapters/database/schemas/attempt-schema.js';
import { ResourceSchema } from '../../../src/adapters/database/schemas/resource-schema.js';
import type { Attempt } from '../../../src/domain/case.js';
import { aBeam } from '../../builders/a-beam.js';
import { aCase } from '../../builders/a-case.js';
import { aResource } from '../../builders/a-resource.js';
import { anAttempt } from '../../builders/an-attempt.js';
import { onRealDatabases } from '../../test-databases.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const start = 20_000 * DAY;
const week = { from: start, to: start + 7 * DAY, offsetMs: 0 };
const badDose = { code: 'engine.bad-dose', severity: 'permanent', message: 'it is empty', remedy: 'look' } as const;

describe('what was', () => {
  onRealDatabases((stores) => {
    let nextId = 1;
    const attempts = async (...rows: readonly Partial<Attempt>[]): Promise<void> => {
      await stores().connections.write(async (tx) => {
        for (const row of rows) {
          const id = (nextId += 1);
          await tx.insert(AttemptSchema, anAttempt({ caseId: 'c1', step: 'assemble', outcome: 'done', ...row, id }));
        }
      });
    };
    const history = (mostTries?: number): TypeormCaseHistory => new TypeormCaseHistory(stores().connections, mostTries);

    beforeEach(() =>
      stores().seed({
        cases: [
          aCase({ id: 'c1', createdAt: start + HOUR, state: 'completed' }),
          aCase({ id: 'c2', createdAt: start + 2 * HOUR, state: 'completed' }),
          aCase({ id: 'c3', createdAt: start + DAY + 23 * HOUR, state: 'failed' }),
          aCase({ id: 'c4', createdAt: start - 1, state: 'failed' }),
          aCase({ id: 'c5', createdAt: start + 7 * DAY, state: 'failed' }),
        ],
      }),
    );

    it('counts the cases that came on each day, by state, and none before or after', async () => {
      const { cases, completeFrom } = await history().of(week);
      expect(cases).to.deep.equal([
        { day: 20_000, state: 'completed', cases: 2 },
        { day: 20_001, state: 'failed', cases: 1 },
      ]);
      expect(completeFrom).to.equal(null);
    });

    it('begins days at the midnight of those who ask', async () => {
      const { cases } = await history().of({ ...week, offsetMs: 2 * HOUR });
      expect(cases.map(({ day }) => day)).to.deep.equal([20_000, 20_002]);
    });

    it('tells how long steps took, of tries that were done', async () => {
      await attempts(
        { startedAt: start, finishedAt: start + 1000 },
        { startedAt: start + 10, finishedAt: start + 3010 },
        { startedAt: start + 20, finishedAt: start + 9020, outcome: 'retried' },
        { startedAt: start + 30, finishedAt: start + 9030, beamNumber: 1, step: 'simulate' },
        { startedAt: start + DAY, finishedAt: start + DAY + 500, step: 'upload' },
      );
      expect((await history().of(week)).steps).to.deep.equal([
        { day: 20_000, step: 'assemble', done: 2, totalMs: 4000, longestMs: 3000 },
        { day: 20_001, step: 'upload', done: 1, totalMs: 500, longestMs: 500 },
      ]);
    });

    it('tells how long each place was at work', async () => {
      const resource = aResource({ id: 'local/GPU-1' });
      await stores().connections.write((tx) => tx.insert(ResourceSchema, resource));
      const done = { state: 'converted', resourceId: resource.id } as const;
      await stores().seed({
        beams: [
          aBeam({ caseId: 'c1', beamNumber: 1, ...done, startedAt: start, finishedAt: start + HOUR }),
          aBeam({ caseId: 'c1', beamNumber: 2, ...done, startedAt: start, finishedAt: start + 2 * HOUR }),
          aBeam({ caseId: 'c2', beamNumber: 1, state: 'failed', startedAt: start, finishedAt: start + HOUR }),
        ],
      });
      expect((await history().of(week)).places).to.deep.equal([
        { day: 20_000, resourceId: resource.id, beams: 2, busyMs: 3 * HOUR },
      ]);
    });

    it('counts failures by code, the most frequent first', async () => {
      const failed = { outcome: 'failed', error: badDose, startedAt: start, finishedAt: start + 1 } as const;
      const lost = { ...failed, error: { ...badDose, code: 'engine.lost' } };
      await attempts(lost, failed, failed, { ...failed, caseId: 'c2' }, { ...failed, startedAt: start - 1 });
      expect((await history().of(week)).failures).to.deep.equal([
        { code: 'engine.bad-dose', tries: 3, cases: 2 },
        { code: 'engine.lost', tries: 1, cases: 1 },
      ]);
    });

    it('looks at no more tries than it may, the newest, and says from when on they are complete', async () => {
      await attempts(...[0, 1, 2, 3].map((n) => ({ startedAt: start + n, finishedAt: start + n + 10 })));
      const { steps, completeFrom } = await history(2).of(week);
      expect(steps.map(({ done }) => done)).to.deep.equal([2]);
      expect(completeFrom).to.equal(start + 2);
    });
  });
});
