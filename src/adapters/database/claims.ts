import { In, IsNull, Not, type EntityManager } from 'typeorm';
import type { Case } from '../../domain/case.js';
import { ACTIVE_STATES, CASE_MACHINE, stateBefore } from '../../domain/case-machine.js';
import { bug } from '../../domain/errors.js';
import type { EpochMs } from '../../domain/time.js';
import type { Claim, ClaimRequest } from '../../ports/case-store.js';
import type { DatabaseOptions } from './database-options.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { CaseSchema } from './schemas/case-schema.js';

/** SQL for the time from which a case may be claimed: its due time and its lease's end, whichever is later. */
export function dueAt(alias: string): string {
  const [due, leased] = [`COALESCE("${alias}"."notBefore", 0)`, `COALESCE("${alias}"."leasedUntil", 0)`];
  return `CASE WHEN ${due} < ${leased} THEN ${leased} ELSE ${due} END`;
}

/**
 * Takes due cases within the caller's transaction. Two claimers never get one case: on SQLite only one transaction
 * writes at a time; on PostgreSQL the rows are locked, and those that another has locked are passed over.
 */
export async function claimDue(
  tx: EntityManager,
  request: ClaimRequest,
  kind: DatabaseOptions['kind'],
): Promise<readonly Claim[]> {
  const due = tx
    .createQueryBuilder(CaseSchema, 'kase')
    .where({ state: In(request.steps.map(stateBefore)), heldBecause: IsNull() })
    .andWhere(`${dueAt('kase')} <= :now`, { now: request.now })
    // Ours, even if it looks expired: the clock has jumped, and the step still runs here.
    .andWhere('(kase.leaseOwner IS NULL OR kase.leaseOwner <> :owner)', { owner: request.owner })
    .orderBy({ 'kase.priority': 'DESC', 'kase.createdAt': 'ASC', 'kase.id': 'ASC' })
    .limit(request.limit);
  if (kind === 'postgres') due.setLock('pessimistic_write').setOnLocked('skip_locked');
  const claims: Claim[] = [];
  for (const kase of await due.getMany()) claims.push(await claim(tx, kase, request));
  return claims;
}

async function claim(tx: EntityManager, kase: Case, { owner, now, leaseMs }: ClaimRequest): Promise<Claim> {
  const { step } = CASE_MACHINE[kase.state];
  if (step === null) throw bug('case.nothing-to-claim', `a ${kase.state} case has no step`);
  // The version moves, so that the holder of a lease that ran out can no longer commit.
  const lease = { leaseOwner: owner, leasedUntil: now + leaseMs, version: kase.version + 1 };
  await tx.update(CaseSchema, { id: kase.id }, lease);
  await closeAsLost(tx, kase.id, now);
  const { identifiers } = await tx.insert(AttemptSchema, {
    caseId: kase.id,
    step,
    beamNumber: null,
    attempt: kase.attempt + 1,
    owner,
    startedAt: now,
    finishedAt: null,
    outcome: null,
    error: null,
  });
  return { kase: { ...kase, ...lease }, step, attemptId: Number(identifiers[0]?.['id']) };
}

/**
 * Frees the leases of services that are gone. Beam attempts stay open: their jobs may still run and will be adopted.
 * Gives the number of cases freed.
 */
export async function releaseOrphans(tx: EntityManager, owner: string, at: EpochMs): Promise<number> {
  const orphans = await tx.findBy(CaseSchema, { state: In([...ACTIVE_STATES]), leaseOwner: Not(owner) });
  for (const { id, version, crashes } of orphans) {
    const freed = { leaseOwner: null, leasedUntil: null, crashes: crashes + 1, version: version + 1, updatedAt: at };
    await tx.update(CaseSchema, { id }, freed);
    await closeAsLost(tx, id, at);
  }
  return orphans.length;
}

async function closeAsLost(tx: EntityManager, caseId: string, at: EpochMs): Promise<void> {
  const open = { caseId, beamNumber: IsNull(), outcome: IsNull() };
  await tx.update(AttemptSchema, open, { outcome: 'lost', finishedAt: at });
}
