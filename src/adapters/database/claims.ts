import { In, IsNull, Not, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import type { Attempt, Case } from '../../domain/case.js';
import { ACTIVE_STATES, CASE_MACHINE, stateBefore, type StepName } from '../../domain/case-machine.js';
import { afterCrash, type AfterCrash, type Orphan } from '../../domain/crash-loop.js';
import { bug } from '../../domain/errors.js';
import type { EpochMs } from '../../domain/time.js';
import type { Claim, ClaimRequest, DueRequest } from '../../ports/case-store.js';
import type { DatabaseOptions } from './database-options.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { BeamSchema } from './schemas/beam-schema.js';
import { CaseSchema } from './schemas/case-schema.js';
import { ReceiptSchema } from './schemas/receipt-schema.js';
import { TransitionSchema } from './schemas/transition-schema.js';
import { orphanOf, type OrphanRows } from './orphan-facts.js';

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
  const due = dueCases(tx, request)
    .andWhere({ state: In(request.steps.map(stateBefore)) })
    .orderBy({ 'kase.priority': 'DESC', 'kase.createdAt': 'ASC', 'kase.id': 'ASC' })
    .limit(request.limit);
  if (kind === 'postgres') due.setLock('pessimistic_write').setOnLocked('skip_locked');
  return claim(tx, await due.getMany(), request);
}

/** The steps that `claimDue` would find a case for. */
export async function dueSteps(manager: EntityManager, request: DueRequest): Promise<readonly StepName[]> {
  const rows = await dueCases(manager, request)
    .andWhere({ state: In([...ACTIVE_STATES]) })
    .select('kase.state', 'state')
    .distinct(true)
    .getRawMany<Pick<Case, 'state'>>();
  return rows.map(stepOf);
}

const dueCases = (manager: EntityManager, { owner, now, longestDelayMs }: DueRequest): SelectQueryBuilder<Case> =>
  manager
    .createQueryBuilder(CaseSchema, 'kase')
    .where({ heldBecause: IsNull() })
    .andWhere('COALESCE(kase.leasedUntil, 0) <= :now', { now })
    .andWhere('(COALESCE(kase.notBefore, 0) <= :now OR kase.notBefore > :beyond)', {
      beyond: now + (longestDelayMs ?? Number.MAX_SAFE_INTEGER / 2),
    })
    // Ours, even if it looks expired: the clock has jumped, and the step still runs here.
    .andWhere('(kase.leaseOwner IS NULL OR kase.leaseOwner <> :owner)', { owner });

/**
 * Three statements for all of them, however many: at a restart a thousand are claimed. Their rows are ours until the
 * transaction ends, so nobody can move a version between our look and our write.
 */
async function claim(
  tx: EntityManager,
  cases: readonly Case[],
  { owner, now, leaseMs }: ClaimRequest,
): Promise<readonly Claim[]> {
  if (cases.length === 0) return [];
  const ids = cases.map(({ id }) => id);
  const lease = { leaseOwner: owner, leasedUntil: now + leaseMs };
  // The version moves, so that the holder of a lease that ran out can no longer commit.
  await tx.update(CaseSchema, { id: In(ids) }, { ...lease, version: () => '"version" + 1' });
  await closeAsLost(tx, ids, now);
  const attempts = cases.map((kase) => openAttempt(kase, owner, now));
  const { identifiers } = await tx.insert(AttemptSchema, attempts);
  return cases.map((kase, i) => ({
    kase: { ...kase, ...lease, version: kase.version + 1 },
    step: stepOf(kase),
    attemptId: Number(identifiers[i]?.['id']),
  }));
}

function stepOf({ state }: Pick<Case, 'state'>): StepName {
  const { step } = CASE_MACHINE[state];
  if (step === null) throw bug('case.nothing-to-claim', `a ${state} case has no step`);
  return step;
}

const openAttempt = (kase: Case, owner: string, now: EpochMs): Omit<Attempt, 'id'> => ({
  caseId: kase.id,
  step: stepOf(kase),
  beamNumber: null,
  attempt: kase.attempt + 1,
  owner,
  startedAt: now,
  finishedAt: null,
  outcome: null,
  error: null,
  host: null,
  resourceId: null,
});

/**
 * Frees the leases of services that are gone, and says of each case what its death means for it (domain/crash-loop.ts).
 * Beam attempts stay open: their jobs may still run and will be adopted. Gives the number of cases freed.
 */
export async function releaseOrphans(tx: EntityManager, owner: string, at: EpochMs): Promise<number> {
  const leased = { state: In([...ACTIVE_STATES]), leaseOwner: Not(owner) };
  const cases = await tx.find(CaseSchema, { where: leased, order: { createdAt: 'ASC', id: 'ASC' } });
  const fates = afterCrash(await orphansOf(tx, cases), at);
  for (const { fate, members } of byFate(cases, fates)) await free(tx, members, fate, at);
  await closeAsLost(
    tx,
    cases.map(({ id }) => id),
    at,
  );
  return cases.length;
}

/** In the order of `cases`; a few queries for each five hundred of them. */
async function orphansOf(tx: EntityManager, cases: readonly Case[]): Promise<readonly Orphan[]> {
  const orphans: Orphan[] = [];
  for (let from = 0; from < cases.length; from += 500) {
    const some = cases.slice(from, from + 500);
    const idsIn = (state: Case['state'] | null): string[] =>
      some.filter((kase) => state === null || kase.state === state).map(({ id }) => id);
    const rows: OrphanRows = {
      attempts: await tx.findBy(AttemptSchema, { caseId: In(idsIn(null)) }),
      beams: await tx.findBy(BeamSchema, { caseId: In(idsIn('interpreted')) }),
      delivered: await tx.findBy(ReceiptSchema, { caseId: In(idsIn('assembled')), status: 'delivered' }),
    };
    orphans.push(...some.map((kase) => orphanOf(kase, rows)));
  }
  return orphans;
}

/** Cases that fare alike, together: nearly all of a thousand open cases do. */
function byFate(
  cases: readonly Case[],
  fates: readonly AfterCrash[],
): readonly { readonly fate: AfterCrash; readonly members: readonly Case[] }[] {
  const groups = new Map<string, { readonly fate: AfterCrash; readonly members: Case[] }>();
  for (const [i, kase] of cases.entries()) {
    const fate = fates[i];
    if (fate === undefined) continue;
    const key = JSON.stringify([fate.crashes, fate.notBefore, fate.held]);
    const group = groups.get(key) ?? { fate, members: [] };
    group.members.push(kase);
    groups.set(key, group);
  }
  return [...groups.values()];
}

async function free(tx: EntityManager, cases: readonly Case[], fate: AfterCrash, at: EpochMs): Promise<void> {
  const { crashes, notBefore, held } = fate;
  const freed = { leaseOwner: null, leasedUntil: null, crashes, notBefore, updatedAt: at };
  const holding = held === null ? {} : { error: held, heldBecause: `${held.message}; ${held.remedy}` };
  const version = (): string => '"version" + 1';
  for (let from = 0; from < cases.length; from += 500) {
    const ids = cases.slice(from, from + 500).map(({ id }) => id);
    await tx.update(CaseSchema, { id: In(ids) }, { ...freed, ...holding, version });
  }
  if (held === null) return;
  for (const { id, state } of cases) {
    const hold = { event: 'hold', from: state, to: state, reason: held.code, actor: 'service' } as const;
    await tx.insert(TransitionSchema, { caseId: id, at, ...hold });
  }
}

/** The open attempts of these cases; a few hundred of them to a statement, for a restart with a thousand open cases. */
async function closeAsLost(tx: EntityManager, caseIds: readonly string[], at: EpochMs): Promise<void> {
  for (let from = 0; from < caseIds.length; from += 500) {
    const open = { caseId: In(caseIds.slice(from, from + 500)), beamNumber: IsNull(), outcome: IsNull() };
    await tx.update(AttemptSchema, open, { outcome: 'lost', finishedAt: at });
  }
}
