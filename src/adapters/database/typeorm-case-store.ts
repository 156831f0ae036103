import { In, IsNull, Not, type EntityManager } from 'typeorm';
import { folderKey, type CaseFolder } from '../../domain/case-folder.js';
import { rerunReason, type Attempt, type Case, type Transition } from '../../domain/case.js';
import { ACTIVE_STATES, CASE_MACHINE, type StepName } from '../../domain/case-machine.js';
import { toCaseError } from '../../domain/errors.js';
import type { EpochMs } from '../../domain/time.js';
import type {
  CaseCommit,
  CaseStore,
  Claim,
  ClaimRequest,
  DueRequest,
  NewCase,
  Registration,
} from '../../ports/case-store.js';
import { replaceBeams } from './beam-rows.js';
import { applyCommit, caseLostRace, letGoOfFormer, newCase, takeUp, transitionOf } from './case-commit.js';
import { claimDue, dueAt, dueSteps, releaseOrphans } from './claims.js';
import { moveBeam } from './typeorm-beam-store.js';
import type { Connections } from './connections.js';
import { isConstraint } from './database-error.js';
import { AttemptSchema } from './schemas/attempt-schema.js';
import { CaseSchema } from './schemas/case-schema.js';
import { TransitionSchema } from './schemas/transition-schema.js';

/** Cases in SQLite or PostgreSQL. */
export class TypeormCaseStore implements CaseStore {
  constructor(private readonly connections: Connections) {}

  async register(request: NewCase): Promise<Registration> {
    try {
      return await this.connections.write((tx) => insertRun(tx, request));
    } catch (error) {
      // PostgreSQL: another writer came between our look and our write. Now we see theirs.
      const { code } = toCaseError(error);
      if (!isConstraint(toCaseError(error)) && code !== 'case.lost-race') throw error;
      return this.connections.write((tx) => insertRun(tx, request));
    }
  }

  get(id: string): Promise<Case | null> {
    return this.connections.read((manager) => manager.findOneBy(CaseSchema, { id }));
  }

  runsOf({ inbox, folder }: CaseFolder): Promise<readonly Case[]> {
    return this.connections.read((manager) => runsOf(manager, inbox, folder));
  }

  async spelledLike(inbox: string, folderKey: string): Promise<readonly Case[]> {
    const order = { folder: 'ASC', run: 'DESC' } as const;
    const runs = await this.connections.read((manager) =>
      manager.find(CaseSchema, { where: { inbox, folderKey }, order }),
    );
    return runs.filter(({ folder }, i) => runs[i - 1]?.folder !== folder);
  }

  withPlan(planSopInstanceUid: string, limit: number): Promise<readonly Case[]> {
    const where = { planSopInstanceUid, state: In([...ACTIVE_STATES, 'completed']) };
    const order = { duplicateOf: { direction: 'ASC', nulls: 'FIRST' }, createdAt: 'ASC', id: 'ASC' } as const;
    return this.connections.read((manager) => manager.find(CaseSchema, { where, order, take: limit }));
  }

  claimDue(request: ClaimRequest): Promise<readonly Claim[]> {
    return this.connections.write((tx) => claimDue(tx, request, this.connections.options.kind));
  }

  dueSteps(request: DueRequest): Promise<readonly StepName[]> {
    return this.connections.read((manager) => dueSteps(manager, request));
  }

  renewLeases(owner: string, until: EpochMs): Promise<number> {
    return this.connections.write(async (tx) => {
      const leased = { state: In([...ACTIVE_STATES]), leaseOwner: owner };
      return (await tx.update(CaseSchema, leased, { leasedUntil: until })).affected ?? 0;
    });
  }

  leasedBy(owner: string): Promise<readonly Case[]> {
    const leased = { state: In([...ACTIVE_STATES]), leaseOwner: owner };
    return this.connections.read((manager) => manager.findBy(CaseSchema, leased));
  }

  releaseOrphans(owner: string, at: EpochMs): Promise<number> {
    return this.connections.write((tx) => releaseOrphans(tx, owner, at));
  }

  commit(kase: Case, commit: CaseCommit): Promise<Case> {
    return this.connections.write((tx) => commitCase(tx, kase, commit));
  }

  async noteProgress(id: string, percent: number, at: EpochMs): Promise<void> {
    await this.connections.write((tx) =>
      tx
        .createQueryBuilder()
        .update(CaseSchema)
        .set({ progress: percent, updatedAt: at })
        .where('"id" = :id AND "progress" < :percent', { id, percent })
        .execute(),
    );
  }

  nextDueAt(now: EpochMs): Promise<EpochMs | null> {
    return this.connections.read(async (manager) => {
      const later = await manager
        .createQueryBuilder(CaseSchema, 'kase')
        .select(`MIN(${dueAt('kase')})`, 'at')
        .where({ state: In([...ACTIVE_STATES]), heldBecause: IsNull() })
        .andWhere(`${dueAt('kase')} > :now`, { now })
        .getRawOne<{ readonly at: number | string | null }>();
      return later?.at === null || later?.at === undefined ? null : Number(later.at);
    });
  }

  countActive(): Promise<number> {
    return this.connections.read((manager) => manager.countBy(CaseSchema, { state: In([...ACTIVE_STATES]) }));
  }

  attemptsOf(caseId: string): Promise<readonly Attempt[]> {
    return this.connections.read((manager) => manager.find(AttemptSchema, { where: { caseId }, order: { id: 'ASC' } }));
  }

  transitionsOf(caseId: string): Promise<readonly Transition[]> {
    return this.connections.read((manager) =>
      manager.find(TransitionSchema, { where: { caseId }, order: { id: 'ASC' } }),
    );
  }
}

const runsOf = (manager: EntityManager, inbox: string, folder: string): Promise<Case[]> =>
  manager.find(CaseSchema, { where: { inbox, folder }, order: { run: 'DESC' } });

/** Runs known by a spelling the folder no longer has. */
async function respell(tx: EntityManager, request: NewCase, formerly: string): Promise<boolean> {
  const { inbox, folder } = request;
  const runs = await runsOf(tx, inbox, formerly);
  for (const run of runs) {
    const letGo = letGoOfFormer(run, request);
    if (letGo !== null) await commitCase(tx, run, letGo);
  }
  await tx.update(CaseSchema, { inbox, folder: formerly }, { folder, folderKey: folderKey(folder) });
  return runs.length > 0;
}

async function insertRun(tx: EntityManager, request: NewCase): Promise<Registration> {
  const { inbox, folder, formerly, fingerprint, rerun } = request;
  const respelled = formerly !== undefined && (await respell(tx, request, formerly));
  const newest = await tx.findOne(CaseSchema, { where: { inbox, folder }, order: { run: 'DESC' } });
  if (newest?.fingerprint === fingerprint && rerun !== true) {
    return { kase: newest, created: false, changed: false, respelled };
  }
  const takenUp = newest === null ? null : takeUp(newest, request);
  if (newest !== null && takenUp !== null) {
    return { kase: await commitCase(tx, newest, takenUp), created: false, changed: true, respelled };
  }
  const kase = await insertCase(tx, request, (newest?.run ?? 0) + 1);
  return { kase, created: true, changed: false, respelled };
}

async function insertCase(tx: EntityManager, request: NewCase, run: number): Promise<Case> {
  const { rerun, actor, at } = request;
  const kase = newCase(request, run);
  await tx.insert(CaseSchema, kase);
  const reason = rerun === true ? rerunReason(request.reason) : null;
  const first = { caseId: kase.id, event: 'register', from: null, to: kase.state, reason, actor, at } as const;
  await tx.insert(TransitionSchema, first);
  return kase;
}

/** The guarded update comes first: a writer who lost the race has then written nothing. */
async function commitCase(tx: EntityManager, kase: Case, commit: CaseCommit): Promise<Case> {
  const next = applyCommit(kase, commit);
  const { progress, ...change } = commit.change;
  const { affected } = await tx
    .createQueryBuilder()
    .update(CaseSchema)
    .set({
      ...change,
      state: next.state,
      machine: next.machine,
      version: next.version,
      updatedAt: next.updatedAt,
      // Noted progress changes no version: the row may be ahead of what this writer saw.
      ...(progress === undefined
        ? {}
        : { progress: () => 'CASE WHEN "progress" < :progress THEN :progress ELSE "progress" END' }),
    })
    .setParameters({ progress })
    .where('"id" = :id AND "version" = :version', { id: kase.id, version: kase.version })
    .execute();
  if (affected !== 1) throw caseLostRace(kase.id);
  const transition = transitionOf(kase, commit);
  if (transition !== null) await tx.insert(TransitionSchema, transition);
  await closeAttempts(tx, kase, commit, next);
  if (commit.beams !== undefined) await replaceBeams(tx, kase.id, commit.beams, commit.at);
  for (const { beam, move } of commit.moves ?? []) await moveBeam(tx, beam, move);
  return { ...next, ...(await unversioned(tx, kase.id)) };
}

/** What changes without a version (noted progress, renewed leases): there the row may be ahead of any writer. */
async function unversioned(tx: EntityManager, id: string): Promise<Pick<Case, 'progress' | 'leasedUntil'>> {
  const rows: unknown = await tx.query('SELECT "progress", "leasedUntil" FROM "cases" WHERE "id" = $1', [id]);
  const [row] = rows as readonly { readonly progress: number; readonly leasedUntil: number | string | null }[];
  const leasedUntil = row?.leasedUntil ?? null;
  return { progress: row?.progress ?? 0, leasedUntil: leasedUntil === null ? null : Number(leasedUntil) };
}

/**
 * The attempt that the commit names is closed as it says. A state that is changed by someone who holds no attempt (an
 * operator) ends the one that is running, whose own commit will lose the race.
 */
async function closeAttempts(tx: EntityManager, kase: Case, commit: CaseCommit, next: Case): Promise<void> {
  const open = { caseId: kase.id, outcome: IsNull() };
  if (commit.attempt !== undefined) {
    const { id, outcome, error } = commit.attempt;
    await tx.update(AttemptSchema, { ...open, id }, { outcome, error, finishedAt: commit.at });
    // A case may wait for days and be looked at every few seconds: of those looks only the last is kept.
    const { step } = CASE_MACHINE[kase.state];
    if (outcome === 'waiting' && step !== null) {
      await tx.delete(AttemptSchema, { caseId: kase.id, step, outcome, id: Not(id) });
    }
  } else if (next.state !== kase.state) {
    const outcome = next.state === 'cancelled' ? 'cancelled' : 'lost';
    await tx.update(AttemptSchema, { ...open, beamNumber: IsNull() }, { outcome, finishedAt: commit.at });
  }
}
