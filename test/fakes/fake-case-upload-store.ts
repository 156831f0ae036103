import { newUpload, type CaseUpload } from '../../src/domain/case-upload.js';
import type { Case } from '../../src/domain/case.js';
import type { Candidates, CaseUploadStore, UploadEnd } from '../../src/ports/case-upload-store.js';
import { answer, FakeTables } from './fake-tables.js';

const rests =
  (now: number) =>
  ({ state, heldBecause, leaseOwner, waitingFor, notBefore }: Case): boolean =>
    state === 'assembled' &&
    heldBecause === null &&
    leaseOwner === null &&
    waitingFor !== null &&
    (notBefore ?? 0) > now;

/** Deliveries of cases to targets in memory (test/contract/case-upload-store.test.ts runs against this and the database). */
export class FakeCaseUploadStore implements CaseUploadStore {
  constructor(readonly tables = new FakeTables()) {}

  open(caseId: string, targets: readonly string[]): Promise<readonly CaseUpload[]> {
    return answer(() => {
      this.#insertMissing(caseId, targets);
      return this.#of(caseId);
    });
  }

  ofCase(caseId: string): Promise<readonly CaseUpload[]> {
    return answer(() => this.#of(caseId));
  }

  begin(upload: CaseUpload): Promise<CaseUpload> {
    return answer(() => {
      const row = this.tables.uploads.get(keyOf(upload));
      if (row === undefined) throw new Error('no such row');
      return this.#put({ ...row, turns: row.turns + 1 });
    });
  }

  end(begun: CaseUpload, end: UploadEnd): Promise<boolean> {
    return answer(() => {
      const row = this.tables.uploads.get(keyOf(begun));
      if (row?.turns !== begun.turns) return false;
      this.#put({ ...row, ...end });
      return true;
    });
  }

  again(caseId: string, targets: readonly string[], at: number): Promise<void> {
    return answer(() => {
      this.#insertMissing(caseId, targets);
      for (const row of this.#of(caseId)) {
        if (!targets.includes(row.target)) continue;
        const afresh = { state: 'open', failures: 0, dueAt: null, error: null } as const;
        this.#put({ ...row, ...afresh, againSince: at, turns: row.turns + 1 });
      }
    });
  }

  waiting(): Promise<ReadonlyMap<string, number>> {
    return answer(() => waitingIn(this.tables));
  }

  wake(which: Candidates): Promise<readonly string[]> {
    return answer(() => {
      const found = this.#candidates(which, rests(which.now));
      for (const { kase } of found) this.tables.cases.set(kase.id, { ...kase, notBefore: which.now });
      return found.map(({ kase }) => kase.id);
    });
  }

  wakeStrayed(targets: readonly string[], now: number): Promise<number> {
    return answer(() => {
      const open = [...this.tables.uploads.values()].filter(
        ({ state, target }) => state === 'open' && !targets.includes(target),
      );
      const ids = new Set(open.map(({ caseId }) => caseId));
      const found = [...this.tables.cases.values()].filter((kase) => ids.has(kase.id) && rests(now)(kase));
      for (const kase of found) this.tables.cases.set(kase.id, { ...kase, notBefore: now });
      return found.length;
    });
  }

  late(which: Candidates): Promise<readonly CaseUpload[]> {
    return answer(() => this.#candidates(which, ({ state }) => state === 'completed').map(({ row }) => row));
  }

  #candidates({ target, now, limit, longestAgo, askedAfter, except = [] }: Candidates, isIt: (kase: Case) => boolean) {
    const isAskedFor = ({ caseId, againSince }: CaseUpload): boolean =>
      !except.includes(caseId) && (askedAfter === undefined || (againSince ?? 0) > askedAfter);
    const open = [...this.tables.uploads.values()].flatMap((row) => {
      const kase = this.tables.cases.get(row.caseId);
      const isDue = row.state === 'open' && row.target === target && (row.dueAt ?? 0) <= now;
      return kase !== undefined && isDue && isAskedFor(row) && isIt(kase) ? [{ row, kase }] : [];
    });
    const failedAt = ({ row }: (typeof open)[number]): number => (longestAgo ? (row.failedAt ?? -1) : 0);
    return open
      .sort(
        (a, b) =>
          failedAt(a) - failedAt(b) ||
          b.kase.priority - a.kase.priority ||
          a.kase.createdAt - b.kase.createdAt ||
          (a.kase.id < b.kase.id ? -1 : 1),
      )
      .slice(0, limit);
  }

  #of(caseId: string): readonly CaseUpload[] {
    const rows = [...this.tables.uploads.values()].filter((row) => row.caseId === caseId);
    return rows.sort((a, b) => (a.target < b.target ? -1 : 1));
  }

  #insertMissing(caseId: string, targets: readonly string[]): void {
    for (const target of targets) {
      if (!this.tables.uploads.has(keyOf({ caseId, target }))) this.#put(newUpload(caseId, target));
    }
  }

  #put(row: CaseUpload): CaseUpload {
    this.tables.uploads.set(keyOf(row), row);
    return row;
  }
}

const keyOf = ({ caseId, target }: Pick<CaseUpload, 'caseId' | 'target'>): string => JSON.stringify([caseId, target]);

/** How many cases each target has open. */
export function waitingIn(tables: FakeTables): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { caseId, target, state } of tables.uploads.values()) {
    const kase = tables.cases.get(caseId);
    const waits = kase?.state === 'completed' || (kase?.state === 'assembled' && kase.heldBecause === null);
    if (state === 'open' && waits) counts.set(target, (counts.get(target) ?? 0) + 1);
  }
  return counts;
}
