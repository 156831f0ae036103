import type { EntityManager } from 'typeorm';
import type { TargetRecord } from '../../ports/case-queries.js';
import { TargetSchema } from './schemas/target-schema.js';
import { waitingAt } from './typeorm-case-upload-store.js';
import { stateIn } from './typeorm-target-store.js';

/** Every target, by name, with how many cases wait there. */
export async function targetRecords(manager: EntityManager): Promise<readonly TargetRecord[]> {
  const rows = await manager.find(TargetSchema, { order: { name: 'ASC' } });
  if (rows.length === 0) return [];
  const waiting = await waitingAt(manager);
  return rows.map((row) => ({
    kind: row.kind,
    optional: row.optional === true,
    target: stateIn(row),
    waiting: waiting.get(row.name) ?? 0,
  }));
}
