import { ChainCheck, sealed } from '../../src/adapters/database/audit-chain.js';
import {
  canonicalDetail,
  FIRST_HASH,
  type AuditAction,
  type AuditEntry,
  type AuditHead,
  type AuditRow,
} from '../../src/domain/audit.js';
import type { AuditFilter, AuditReport, AuditTrail } from '../../src/ports/audit-trail.js';
import { answer } from './fake-tables.js';

/** The audit trail in memory (test/contract/audit-trail.test.ts runs against this and the database). */
export class FakeAuditTrail implements AuditTrail {
  readonly rows: AuditRow[] = [];
  /** What every further `append` fails with. */
  failure: Error | null = null;

  /** As short lines: `web:adam login done {}`. */
  get lines(): string[] {
    return this.rows.map(({ actor, action, caseId, result, detail }) =>
      [actor, action, ...(caseId === null ? [] : [caseId]), result, ...(detail === '{}' ? [] : [detail])].join(' '),
    );
  }

  append({ detail, ...entry }: AuditEntry): Promise<AuditRow> {
    return answer(() => {
      if (this.failure !== null) throw this.failure;
      const { seq = 0, hash: previousHash = FIRST_HASH } = this.rows.at(-1) ?? {};
      const row = sealed({
        ...entry,
        detail: canonicalDetail(detail),
        seq: seq + 1,
        at: 1_000 * (seq + 1),
        previousHash,
      });
      this.rows.push(row);
      return row;
    });
  }

  list(filter: AuditFilter, limit: number, before = Infinity): Promise<readonly AuditRow[]> {
    return answer(() => this.#filtered(filter, 0, before).reverse().slice(0, limit));
  }

  following(filter: AuditFilter, limit: number, after: number): Promise<readonly AuditRow[]> {
    return answer(() => this.#filtered(filter, after, Infinity).slice(0, limit));
  }

  #filtered({ since = 0, caseId, actor, actions }: AuditFilter, after: number, before: number): AuditRow[] {
    const isWanted = (row: AuditRow): boolean =>
      (caseId ?? row.caseId) === row.caseId &&
      (actor ?? row.actor) === row.actor &&
      (actions?.includes(row.action as AuditAction) ?? true);
    return this.rows.filter((row) => row.seq > after && row.seq < before && row.at >= since && isWanted(row));
  }

  verify(noted: readonly AuditHead[] = []): Promise<AuditReport> {
    return answer(() => {
      const check = new ChainCheck([...noted, ...this.rows.map(({ seq, hash }) => ({ seq, hash }))]);
      for (const row of this.rows) check.look(row);
      return check.end();
    });
  }
}
