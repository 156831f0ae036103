import type { CaseHistory, HistoryRows, HistorySpan } from '../../src/ports/case-history.js';

/** What the test says was; what is counted is tested against both databases (test/integration/database/case-history). */
export class FakeCaseHistory implements CaseHistory {
  readonly asked: HistorySpan[] = [];
  rows: HistoryRows = { cases: [], steps: [], places: [], failures: [], completeFrom: null };

  of(span: HistorySpan): Promise<HistoryRows> {
    this.asked.push(span);
    return Promise.resolve(this.rows);
  }
}
