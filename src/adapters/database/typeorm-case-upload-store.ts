import { In, Not, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { newUpload, type CaseUpload } from '../../domain/case-upload.js';
import type { EpochMs } from '../../domain/time.js';
import type { Candidates, CaseUploadStore, UploadEnd } from '../../ports/case-upload-store.js';
import type { Connections } from './connections.js';
import { CaseSchema } from './schemas/case-schema.js';
import { CaseUploadSchema } from './schemas/case-upload-schema.js';

/** Deliveries of cases to targets in SQLite or PostgreSQL. */
export class TypeormCaseUploadStore implements CaseUploadStore {
  constructor(private readonly connections: Connections) {}

  async open(caseId: string, targets: readonly string[]): Promise<readonly CaseUpload[]> {
    const known = await this.ofCase(caseId);
    if (targets.every((name) => known.some(({ target }) => target === name))) return known;
    await this.connections.write((tx) => insertMissing(tx, caseId, targets));
    return this.ofCase(caseId);
  }

  ofCase(caseId: string): Promise<readonly CaseUpload[]> {
    return this.connections.read((manager) =>
      manager.find(CaseUploadSchema, { where: { caseId }, order: { target: 'ASC' } }),
    );
  }

  begin({ caseId, target }: CaseUpload): Promise<CaseUpload> {
    return this.connections.write(async (tx) => {
      await tx.update(CaseUploadSchema, { caseId, target }, { turns: () => '"turns" + 1' });
      return tx.findOneByOrFail(CaseUploadSchema, { caseId, target });
    });
  }

  end({ caseId, target, turns }: CaseUpload, end: UploadEnd): Promise<boolean> {
    return this.connections.write(
      async (tx) => (await tx.update(CaseUploadSchema, { caseId, target, turns }, end)).affected === 1,
    );
  }

  async again(caseId: string, targets: readonly string[], at: EpochMs): Promise<void> {
    await this.connections.write(async (tx) => {
      await insertMissing(tx, caseId, targets);
      // A turn that is under way counts one less than the row from now on: how it ends is not taken for the repeat's end.
      const afresh = { state: 'open', failures: 0, dueAt: null, againSince: at, error: null } as const;
      await tx.update(
        CaseUploadSchema,
        { caseId, target: In([...targets]) },
        { ...afresh, turns: () => '"turns" + 1' },
      );
    });
  }

  waiting(): Promise<ReadonlyMap<string, number>> {
    return this.connections.read(waitingAt);
  }

  wake(which: Candidates): Promise<readonly string[]> {
    return this.connections.write(async (tx) => {
      const found = await resting(candidates(tx, which), which.now).getMany();
      const ids = found.map(({ caseId }) => caseId);
      await makeDue(tx, ids, which.now);
      return ids;
    });
  }

  wakeStrayed(targets: readonly string[], now: EpochMs): Promise<number> {
    return this.connections.write(async (tx) => {
      const open = tx.createQueryBuilder(CaseUploadSchema, 'upload').innerJoin('upload.case', 'kase');
      const found = await resting(open.where({ target: Not(In([...targets])), state: 'open' }), now).getMany();
      const ids = [...new Set(found.map(({ caseId }) => caseId))];
      await makeDue(tx, ids, now);
      return ids.length;
    });
  }

  late(which: Candidates): Promise<readonly CaseUpload[]> {
    return this.connections.read((manager) =>
      candidates(manager, which).andWhere(`kase.state = 'completed'`).getMany(),
    );
  }
}

/** Of cases that wait for delivery, are not held nor being worked on, and would not look themselves yet. */
const resting = (query: SelectQueryBuilder<CaseUpload>, now: EpochMs): SelectQueryBuilder<CaseUpload> =>
  query
    .andWhere(`kase.state = 'assembled' AND kase.heldBecause IS NULL AND kase.leaseOwner IS NULL`)
    .andWhere('kase.waitingFor IS NOT NULL AND kase.notBefore > :now', { now });

/** The due time alone, as progress is: it is nobody's decision, so no version moves and no operator loses a race. */
async function makeDue(tx: EntityManager, ids: readonly string[], now: EpochMs): Promise<void> {
  if (ids.length === 0) return;
  const free = tx.createQueryBuilder().update(CaseSchema).set({ notBefore: now });
  await free.where('"id" IN (:...ids) AND "leaseOwner" IS NULL', { ids }).execute();
}

/** Open rows of this target whose own time has come, with the case as `kase`. */
function candidates(
  manager: EntityManager,
  { target, now, limit, longestAgo, askedAfter, except = [] }: Candidates,
): SelectQueryBuilder<CaseUpload> {
  const query = manager
    .createQueryBuilder(CaseUploadSchema, 'upload')
    .innerJoin('upload.case', 'kase')
    .where({ target, state: 'open' })
    .andWhere('(upload.dueAt IS NULL OR upload.dueAt <= :now)', { now });
  if (askedAfter !== undefined) query.andWhere('upload.againSince > :askedAfter', { askedAfter });
  if (except.length > 0) query.andWhere('upload.caseId NOT IN (:...except)', { except });
  if (longestAgo) query.addOrderBy('upload.failedAt', 'ASC', 'NULLS FIRST');
  return query
    .addOrderBy('kase.priority', 'DESC')
    .addOrderBy('kase.createdAt', 'ASC')
    .addOrderBy('kase.id', 'ASC')
    .limit(limit);
}

/** By target, how many cases wait there. */
export async function waitingAt(manager: EntityManager): Promise<ReadonlyMap<string, number>> {
  const rows = await manager
    .createQueryBuilder(CaseUploadSchema, 'upload')
    .innerJoin('upload.case', 'kase')
    .select('upload.target', 'target')
    .addSelect('COUNT(*)', 'cases')
    .where({ state: 'open' })
    .andWhere(`(kase.state = 'completed' OR (kase.state = 'assembled' AND kase.heldBecause IS NULL))`)
    .groupBy('upload.target')
    .getRawMany<{ readonly target: string; readonly cases: number | string }>();
  return new Map(rows.map(({ target, cases }) => [target, Number(cases)]));
}

async function insertMissing(tx: EntityManager, caseId: string, targets: readonly string[]): Promise<void> {
  const rows = targets.map((target) => newUpload(caseId, target));
  await tx.createQueryBuilder().insert().into(CaseUploadSchema).values(rows).orIgnore().execute();
}
