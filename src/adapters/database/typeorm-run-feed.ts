import { In, IsNull, LessThanOrEqual, MoreThan, MoreThanOrEqual, type EntityManager } from 'typeorm';
import type { Case } from '../../domain/case.js';
import { ACTIVE_STATES, type CaseState } from '../../domain/case-machine.js';
import type { ReceiptStatus } from '../../domain/receipt.js';
import type { EpochMs } from '../../domain/time.js';
import type { EndedAttempt, Moved, ReceiptCount, RunFeed } from '../../ports/run-feed.js';
import type { Connections } from './connections.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { CaseSchema } from './schemas/case-schema.js';
import { ReceiptSchema } from './schemas/receipt-schema.js';
import { TransitionSchema } from './schemas/transition-schema.js';

/** The history as it grows, from SQLite or PostgreSQL. */
export class TypeormRunFeed implements RunFeed {
  constructor(private readonly connections: Connections) {}

  async lastTransition(): Promise<number> {
    const [last] = await this.connections.read((manager) =>
      manager.find(TransitionSchema, { order: { id: 'DESC' }, take: 1 }),
    );
    return last?.id ?? 0;
  }

  transitionsAfter(id: number, limit: number): Promise<readonly Moved[]> {
    return this.connections.snapshot(async (manager) => {
      const rows = await manager.find(TransitionSchema, {
        where: { id: MoreThan(id) },
        order: { id: 'ASC' },
        take: limit,
      });
      const caseIds = rows.map(({ caseId }) => caseId);
      const cases = await casesOf(manager, caseIds);
      const machines = await machinesOf(manager, caseIds);
      return rows.flatMap((transition) => {
        const kase = cases.get(transition.caseId);
        return kase === undefined ? [] : [{ transition, kase, machines: machines.get(kase.id) ?? [] }];
      });
    });
  }

  attemptsEnded(since: EpochMs, limit: number): Promise<readonly EndedAttempt[]> {
    return this.connections.snapshot(async (manager) => {
      const attempts = await manager.find(AttemptSchema, {
        where: { finishedAt: MoreThanOrEqual(since) },
        order: { finishedAt: 'ASC', id: 'ASC' },
        take: limit,
      });
      const cases = await casesOf(
        manager,
        attempts.map(({ caseId }) => caseId),
      );
      return attempts.flatMap((attempt) => {
        const kase = cases.get(attempt.caseId);
        return kase === undefined ? [] : [{ attempt, kase }];
      });
    });
  }

  cases(ids: readonly string[]): Promise<readonly Case[]> {
    return this.connections.read((manager) => manager.findBy(CaseSchema, { id: In([...new Set(ids)]) }));
  }

  async oldestActive(): ReturnType<RunFeed['oldestActive']> {
    const rows = await this.connections.read((manager) =>
      manager
        .createQueryBuilder(CaseSchema, 'kase')
        .select('kase.state', 'state')
        .addSelect('MIN(kase.takenAt)', 'takenAt')
        .where({ state: In(ACTIVE_STATES), heldBecause: IsNull() })
        .groupBy('kase.state')
        .orderBy('kase.state')
        .getRawMany<{ state: CaseState; takenAt: number | string }>(),
    );
    return rows.map(({ state, takenAt }) => ({ state, takenAt: Number(takenAt) }));
  }

  async receiptCounts(): Promise<readonly ReceiptCount[]> {
    const rows = await this.connections.read((manager) =>
      manager
        .createQueryBuilder(ReceiptSchema, 'receipt')
        .select('receipt.target', 'target')
        .addSelect('receipt.status', 'status')
        .addSelect('COUNT(*)', 'objects')
        .addSelect('SUM(receipt.attempts)', 'attempts')
        .groupBy('receipt.target')
        .addGroupBy('receipt.status')
        .orderBy('receipt.target')
        .addOrderBy('receipt.status')
        .getRawMany<Record<keyof ReceiptCount, string>>(),
    );
    return rows.map(({ target, status, objects, attempts }) => ({
      target,
      status: status as ReceiptStatus,
      objects: Number(objects),
      attempts: Number(attempts),
    }));
  }

  unmoved(since: EpochMs, limit: number): Promise<readonly Omit<Moved, 'transition'>[]> {
    return this.connections.snapshot(async (manager) => {
      const cases = await manager.find(CaseSchema, {
        where: { state: In(ACTIVE_STATES), heldBecause: IsNull(), updatedAt: LessThanOrEqual(since) },
        order: { updatedAt: 'ASC', id: 'ASC' },
        take: limit,
      });
      const machines = await machinesOf(
        manager,
        cases.map(({ id }) => id),
      );
      return cases.map((kase) => ({ kase, machines: machines.get(kase.id) ?? [] }));
    });
  }
}

async function casesOf(manager: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, Case>> {
  const cases = await manager.findBy(CaseSchema, { id: In([...new Set(ids)]) });
  return new Map(cases.map((kase) => [kase.id, kase]));
}

async function machinesOf(manager: EntityManager, ids: readonly string[]): Promise<ReadonlyMap<string, string[]>> {
  const beams = await manager.find(BeamSchema, {
    select: { caseId: true, machine: true },
    where: { caseId: In([...new Set(ids)]) },
    order: { beamNumber: 'ASC' },
  });
  const machines = new Map<string, string[]>();
  for (const { caseId, machine } of beams) {
    const known = machines.get(caseId) ?? [];
    if (!known.includes(machine)) machines.set(caseId, [...known, machine]);
  }
  return machines;
}
