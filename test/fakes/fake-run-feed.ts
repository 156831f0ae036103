import type { Case } from '../../src/domain/case.js';
import { ACTIVE_STATES, isActive } from '../../src/domain/case-machine.js';
import type { EndedAttempt, Moved, ReceiptCount, RunFeed } from '../../src/ports/run-feed.js';
import { answer, FakeTables } from './fake-tables.js';

/** The history of the fake stores (test/contract/run-feed.test.ts runs against this and the database). */
export class FakeRunFeed implements RunFeed {
  constructor(readonly tables = new FakeTables()) {}

  lastTransition(): Promise<number> {
    return answer(() => Math.max(0, ...this.tables.transitions.map(({ id }) => id)));
  }

  transitionsAfter(id: number, limit: number): Promise<readonly Moved[]> {
    return answer(() =>
      this.tables.transitions
        .filter((transition) => transition.id > id)
        .sort((a, b) => a.id - b.id)
        .slice(0, limit)
        .flatMap((transition) => {
          const kase = this.tables.cases.get(transition.caseId);
          return kase === undefined ? [] : [{ transition, kase, machines: this.#machines(kase.id) }];
        }),
    );
  }

  attemptsEnded(since: number, limit: number): Promise<readonly EndedAttempt[]> {
    return answer(() =>
      this.tables.attempts
        .filter(({ finishedAt }) => finishedAt !== null && finishedAt >= since)
        .sort((a, b) => (a.finishedAt ?? 0) - (b.finishedAt ?? 0) || a.id - b.id)
        .slice(0, limit)
        .flatMap((attempt) => {
          const kase = this.tables.cases.get(attempt.caseId);
          return kase === undefined ? [] : [{ attempt, kase }];
        }),
    );
  }

  cases(ids: readonly string[]): Promise<readonly Case[]> {
    return answer(() => [...this.tables.cases.values()].filter(({ id }) => ids.includes(id)));
  }

  oldestActive(): ReturnType<RunFeed['oldestActive']> {
    return answer(() =>
      ACTIVE_STATES.map((state) => {
        const cases = [...this.tables.cases.values()].filter((k) => k.state === state && k.heldBecause === null);
        return { state, takenAt: Math.min(...cases.map(({ takenAt }) => takenAt)) };
      })
        .filter(({ takenAt }) => takenAt !== Infinity)
        .sort((a, b) => (a.state < b.state ? -1 : 1)),
    );
  }

  receiptCounts(): Promise<readonly ReceiptCount[]> {
    return answer(() => {
      const counts = new Map<string, ReceiptCount>();
      for (const { target, status, attempts: tried = 0 } of this.tables.receipts.values()) {
        const { objects, attempts } = counts.get(`${target} ${status}`) ?? { objects: 0, attempts: 0 };
        counts.set(`${target} ${status}`, { target, status, objects: objects + 1, attempts: attempts + tried });
      }
      return [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, count]) => count);
    });
  }

  unmoved(since: number, limit: number): Promise<readonly Omit<Moved, 'transition'>[]> {
    return answer(() =>
      [...this.tables.cases.values()]
        .filter(({ state, heldBecause, updatedAt }) => isActive(state) && heldBecause === null && updatedAt <= since)
        .sort((a, b) => a.updatedAt - b.updatedAt)
        .slice(0, limit)
        .map((kase) => ({ kase, machines: this.#machines(kase.id) })),
    );
  }

  #machines(caseId: string): readonly string[] {
    return [...new Set(this.tables.beamsOf(caseId).map(({ machine }) => machine))];
  }
}
