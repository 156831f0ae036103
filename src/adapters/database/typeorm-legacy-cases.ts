import type { LegacyCase } from '../../domain/legacy-case.js';
import type { LegacyCases } from '../../ports/legacy-history.js';
import type { Connections } from './connections.js';
import { LegacyCaseSchema } from './schemas/legacy-case-schema.js';

/** Rows in one statement; SQLite takes 32,766 values in one. */
const ROWS_AT_A_TIME = 500;

/** Cases of the predecessor, in SQLite or PostgreSQL. */
export class TypeormLegacyCases implements LegacyCases {
  constructor(private readonly connections: Connections) {}

  async keep(cases: readonly LegacyCase[]): Promise<void> {
    // One transaction for each part keeps the service's own writes from waiting long; the whole can be done again.
    for (let at = 0; at < cases.length; at += ROWS_AT_A_TIME) {
      const rows = cases.slice(at, at + ROWS_AT_A_TIME);
      await this.connections.write((tx) => tx.upsert(LegacyCaseSchema, rows, ['id']));
    }
  }

  list({ search, limit }: { readonly search?: string; readonly limit?: number }): Promise<readonly LegacyCase[]> {
    return this.connections.read((manager) => {
      const query = manager.createQueryBuilder(LegacyCaseSchema, 'legacy');
      const pattern = `%${(search ?? '').toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
      if (search !== undefined) {
        const like = (column: string): string => `LOWER(legacy.${column}) LIKE :pattern ESCAPE '\\'`;
        query.where(`${like('id')} OR ${like('folder')}`, { pattern });
      }
      // Cases without a date are last, on both databases.
      query.orderBy('COALESCE(legacy.createdAt, 0)', 'DESC').addOrderBy('legacy.id', 'ASC');
      return (limit === undefined ? query : query.limit(limit)).getMany();
    });
  }
}
