import type { Case } from '../../src/domain/case.js';
import { isActive } from '../../src/domain/case-machine.js';
import type { CaseLists, CaseMark, CaseOrder, CasePage, CaseSort, CaseSummary } from '../../src/ports/case-lists.js';
import type { CaseFilter } from '../../src/ports/case-queries.js';
import type { FakeCaseQueries } from './fake-case-queries.js';

const KEYS: Readonly<Record<CaseSort, readonly (keyof Case)[]>> = {
  created: ['createdAt', 'id'],
  updated: ['updatedAt', 'id'],
  folder: ['folderKey', 'inbox', 'createdAt', 'id'],
  state: ['state', 'createdAt', 'id'],
};

/** Over the rows of FakeCaseQueries (test/contract/case-lists.test.ts runs against this and the database). */
export class FakeCaseLists implements CaseLists {
  constructor(private readonly queries: FakeCaseQueries) {}

  async page(
    { limit = Infinity, offset = 0, ...filter }: CaseFilter,
    { by, descending }: CaseOrder,
  ): Promise<CasePage> {
    const all = [...(await this.queries.list(filter))].sort(({ kase: a }, { kase: b }) => compared(a, b, KEYS[by]));
    if (descending) all.reverse();
    const rows = all.slice(offset, offset + limit).map((row) => ({
      ...row,
      beams: row.kase.state === 'interpreted' ? this.#bars(row.kase.id) : [],
    }));
    return { rows, total: all.length };
  }

  async summary(): Promise<CaseSummary> {
    const all = await this.queries.list({});
    const active = all.filter(({ kase }) => isActive(kase.state));
    return {
      byState: await this.queries.countByState(),
      held: active.filter(({ kase }) => kase.heldBecause !== null).length,
      waiting: (await this.queries.list({ waiting: true })).length,
      machines: [...new Set(all.flatMap(({ kase }) => kase.machine ?? []))].sort(),
    };
  }

  async marks(since: number): Promise<readonly CaseMark[]> {
    const rows = await this.queries.list({});
    return rows
      .filter(({ kase }) => isActive(kase.state) || kase.updatedAt >= since)
      .map(({ kase }) => ({
        id: kase.id,
        isActive: isActive(kase.state),
        updatedAt: kase.updatedAt,
        mark: JSON.stringify([kase.version, kase.progress, kase.updatedAt, kase.leaseOwner, this.#bars(kase.id)]),
      }));
  }

  #bars(caseId: string): CasePage['rows'][number]['beams'] {
    return this.queries.tables
      .beamsOf(caseId)
      .map(({ beamNumber, state, progress }) => ({ beamNumber, state, progress }));
  }
}

function compared(a: Case, b: Case, keys: readonly (keyof Case)[]): number {
  for (const key of keys) {
    const [one, other] = [a[key] ?? '', b[key] ?? ''];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
