import type { InboxArrival } from '../../src/domain/arrival.js';
import type { ArrivalStore } from '../../src/ports/arrival-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** Arriving folders in memory (test/contract/arrival-store.test.ts runs against this and the database). */
export class FakeArrivalStore implements ArrivalStore {
  /** How often something was written. */
  writes = 0;
  /** Thrown by the next write, once. */
  failure: Error | null = null;

  constructor(readonly tables = new FakeTables()) {}

  replace(arrivals: readonly InboxArrival[]): Promise<void> {
    return answer(() => {
      const { failure } = this;
      this.failure = null;
      if (failure !== null) throw failure;
      this.writes += 1;
      this.tables.arrivals = arrivals;
    });
  }
}
