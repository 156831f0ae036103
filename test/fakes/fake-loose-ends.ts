import { BAD_ENDS, DOSES_NEEDED } from '../../src/adapters/database/typeorm-loose-ends.js';
import type { Attempt } from '../../src/domain/case.js';
import type { BeamAttempt, LooseEnds, UndeliveredBeam } from '../../src/ports/loose-ends.js';
import { answer, FakeTables } from './fake-tables.js';

/** Loose ends in memory (test/contract/loose-ends.test.ts runs against this and the databases). */
export class FakeLooseEnds implements LooseEnds {
  constructor(readonly tables = new FakeTables()) {}

  endedBadly(from: number, to: number, limit: number): Promise<readonly BeamAttempt[]> {
    return answer(() =>
      this.tables.attempts
        .flatMap(({ id, caseId, beamNumber, attempt, outcome, finishedAt }) => {
          const kase = this.tables.cases.get(caseId);
          if (kase === undefined || beamNumber === null || outcome === null || finishedAt === null) return [];
          if (!BAD_ENDS.includes(outcome) || finishedAt < from || finishedAt > to) return [];
          return [{ id, caseId, run: kase.run, beamNumber, attempt }];
        })
        .sort((a, b) => b.id - a.id)
        .slice(0, limit),
    );
  }

  abandoned(limit: number): Promise<readonly Attempt[]> {
    return answer(() => this.tables.attempts.filter((attempt) => this.#isAbandoned(attempt)).slice(0, limit));
  }

  close({ id }: Attempt, at: number): Promise<boolean> {
    return answer(() => {
      const open = this.tables.attempts.some((attempt) => attempt.id === id && attempt.outcome === null);
      this.tables.closeAttempts((attempt) => attempt.id === id, { outcome: 'lost', error: null, finishedAt: at });
      return open;
    });
  }

  undelivered(limit: number): Promise<readonly UndeliveredBeam[]> {
    return answer(() =>
      [...this.tables.cases.values()]
        .filter(({ leaseOwner, resultsOf }) => leaseOwner === null && resultsOf === null)
        .filter(
          ({ state, error }) => DOSES_NEEDED.includes(state) || (state === 'failed' && error?.code === 'dose.damaged'),
        )
        .filter(({ id }) => [...this.tables.receipts.values()].every(({ caseId }) => caseId !== id))
        .sort((a, b) => a.createdAt - b.createdAt)
        .flatMap((kase) => this.tables.beamsOf(kase.id).map((beam) => ({ kase, beam })))
        .filter(({ beam }) => beam.state === 'converted')
        .slice(0, limit),
    );
  }

  #isAbandoned({ caseId, beamNumber, owner, attempt, outcome }: Attempt): boolean {
    if (outcome !== null) return false;
    if (beamNumber === null) return this.tables.cases.get(caseId)?.leaseOwner !== owner;
    const beam = this.tables.beamsOf(caseId).find((row) => row.beamNumber === beamNumber);
    if (beam === undefined) return false;
    return attempt < beam.attempt || ['converted', 'failed', 'cancelled'].includes(beam.state);
  }
}
