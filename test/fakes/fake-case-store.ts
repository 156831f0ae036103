import {
  applyCommit,
  caseLostRace,
  letGoOfFormer,
  newBeam,
  newCase,
  takeUp,
  transitionOf,
} from '../../src/adapters/database/case-commit.js';
import { orphanOf, type OrphanRows } from '../../src/adapters/database/orphan-facts.js';
import { afterCrash, type AfterCrash } from '../../src/domain/crash-loop.js';
import { folderKey, type CaseFolder } from '../../src/domain/case-folder.js';
import { rerunReason, type Attempt, type Case, type Transition } from '../../src/domain/case.js';
import { remainingMs } from '../../src/domain/retry.js';
import { CASE_MACHINE, isActive, type StepName } from '../../src/domain/case-machine.js';
import type {
  CaseCommit,
  CaseStore,
  Claim,
  ClaimRequest,
  DueRequest,
  NewCase,
  Registration,
} from '../../src/ports/case-store.js';
import { beamLostRace } from '../../src/adapters/database/beam-move.js';
import { FakeBeamStore } from './fake-beam-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** Cases in memory, by the same rules as the database (test/contract/case-store.test.ts runs against both). */
export class FakeCaseStore implements CaseStore {
  constructor(readonly tables = new FakeTables()) {}

  /** All cases, oldest first, for assertions. */
  get rows(): readonly Case[] {
    return [...this.tables.cases.values()].sort((a, b) => a.createdAt - b.createdAt);
  }

  register(request: NewCase): Promise<Registration> {
    return answer(() => {
      const respelled = this.#respell(request);
      const newest = this.#runs(request)[0];
      if (newest?.fingerprint === request.fingerprint && request.rerun !== true)
        return { kase: newest, created: false, changed: false, respelled };
      const takenUp = newest === undefined ? null : takeUp(newest, request);
      if (newest !== undefined && takenUp !== null) {
        return { kase: this.#commitNow(newest, takenUp), created: false, changed: true, respelled };
      }
      const kase = newCase(request, (newest?.run ?? 0) + 1);
      this.tables.cases.set(kase.id, kase);
      this.tables.transitions.push({
        id: this.tables.nextId(),
        caseId: kase.id,
        event: 'register',
        from: null,
        to: 'registered',
        reason: request.rerun === true ? rerunReason(request.reason) : null,
        actor: request.actor,
        at: request.at,
      });
      return { kase, created: true, changed: false, respelled };
    });
  }

  get(id: string): Promise<Case | null> {
    return answer(() => this.tables.cases.get(id) ?? null);
  }

  runsOf(where: CaseFolder): Promise<readonly Case[]> {
    return answer(() => this.#runs(where));
  }

  spelledLike(inbox: string, key: string): Promise<readonly Case[]> {
    return answer(() => {
      const alike = this.rows.filter((kase) => kase.inbox === inbox && kase.folderKey === key);
      const folders = [...new Set(alike.map(({ folder }) => folder))].sort();
      return folders.flatMap((folder) => this.#runs({ inbox, folder }).slice(0, 1));
    });
  }

  withPlan(planSopInstanceUid: string, limit: number): Promise<readonly Case[]> {
    const before = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
    return answer(() =>
      this.rows
        .filter((kase) => kase.planSopInstanceUid === planSopInstanceUid)
        .filter(({ state }) => isActive(state) || state === 'completed')
        .sort(
          (a, b) => before(a.duplicateOf ?? '', b.duplicateOf ?? '') || a.createdAt - b.createdAt || before(a.id, b.id),
        )
        .slice(0, limit),
    );
  }

  claimDue({ leaseMs, steps, limit, ...request }: ClaimRequest): Promise<readonly Claim[]> {
    return answer(() => {
      const due = this.#due(request)
        .filter(({ state }) => steps.some((step) => step === CASE_MACHINE[state].step))
        .sort((a, b) => b.priority - a.priority || a.createdAt - b.createdAt || (a.id < b.id ? -1 : 1));
      return due.slice(0, limit).map((kase) => this.#claim(kase, request.owner, request.now, leaseMs));
    });
  }

  dueSteps(request: DueRequest): Promise<readonly StepName[]> {
    return answer(() => [...new Set(this.#due(request).flatMap(({ state }) => CASE_MACHINE[state].step ?? []))]);
  }

  #due({ owner, now, longestDelayMs = Infinity }: DueRequest): readonly Case[] {
    return [...this.tables.cases.values()].filter(
      (kase) =>
        CASE_MACHINE[kase.state].step !== null &&
        kase.heldBecause === null &&
        kase.leaseOwner !== owner &&
        (kase.leasedUntil ?? 0) <= now &&
        remainingMs(kase.notBefore, now, longestDelayMs) === 0,
    );
  }

  renewLeases(owner: string, until: number): Promise<number> {
    return answer(() => {
      const leased = this.rows.filter((kase) => kase.leaseOwner === owner);
      for (const kase of leased) this.tables.cases.set(kase.id, { ...kase, leasedUntil: until });
      return leased.length;
    });
  }

  leasedBy(owner: string): Promise<readonly Case[]> {
    return answer(() => this.rows.filter((kase) => isActive(kase.state) && kase.leaseOwner === owner));
  }

  releaseOrphans(owner: string, at: number): Promise<number> {
    return answer(() => {
      const orphans = this.rows.filter((kase) => kase.leaseOwner !== null && kase.leaseOwner !== owner);
      const rows = this.#orphanRows;
      const fates = afterCrash(
        orphans.map((kase) => orphanOf(kase, rows)),
        at,
      );
      for (const fate of fates) {
        const kase = this.tables.cases.get(fate.caseId);
        if (kase !== undefined) this.#free(kase, fate, at);
      }
      return orphans.length;
    });
  }

  commit(kase: Case, commit: CaseCommit): Promise<Case> {
    return answer(() => this.#commitNow(kase, commit));
  }

  noteProgress(id: string, percent: number, at: number): Promise<void> {
    return answer(() => {
      const kase = this.tables.cases.get(id);
      if (kase === undefined || kase.progress >= percent) return;
      this.tables.cases.set(id, { ...kase, progress: percent, updatedAt: at });
    });
  }

  nextDueAt(now: number): Promise<number | null> {
    return answer(() => {
      const later = this.rows
        .filter((kase) => isActive(kase.state) && kase.heldBecause === null && dueAt(kase) > now)
        .map(dueAt);
      return later.length === 0 ? null : Math.min(...later);
    });
  }

  countActive(): Promise<number> {
    return answer(() => this.rows.filter((kase) => isActive(kase.state)).length);
  }

  attemptsOf(caseId: string): Promise<readonly Attempt[]> {
    return answer(() => this.tables.attempts.filter((attempt) => attempt.caseId === caseId));
  }

  transitionsOf(caseId: string): Promise<readonly Transition[]> {
    return answer(() => this.tables.transitions.filter((transition) => transition.caseId === caseId));
  }

  #commitNow(kase: Case, commit: CaseCommit): Case {
    const row = this.tables.cases.get(kase.id);
    const transition = transitionOf(kase, commit);
    const next = applyCommit({ ...kase, progress: row?.progress ?? 0, leasedUntil: row?.leasedUntil ?? null }, commit);
    if (row?.version !== kase.version) throw caseLostRace(kase.id);
    this.#moveBeams(commit.moves ?? []);
    this.tables.cases.set(kase.id, next);
    if (transition !== null) this.tables.transitions.push({ id: this.tables.nextId(), ...transition });
    this.#closeAttempt(kase, commit, next);
    if (commit.beams !== undefined) this.#replaceBeams(kase.id, commit.beams, commit.at);
    return next;
  }

  get #orphanRows(): OrphanRows {
    const { attempts, beams, receipts } = this.tables;
    const delivered = [...receipts.values()].filter(({ status }) => status === 'delivered');
    return { attempts, beams: [...beams.values()], delivered };
  }

  #free(kase: Case, { crashes, notBefore, held }: AfterCrash, at: number): void {
    const freed = { leaseOwner: null, leasedUntil: null, crashes, notBefore, updatedAt: at, version: kase.version + 1 };
    const holding = held === null ? {} : { error: held, heldBecause: `${held.message}; ${held.remedy}` };
    this.tables.cases.set(kase.id, { ...kase, ...freed, ...holding });
    this.tables.closeAttempts(isStepOf(kase.id), { outcome: 'lost', error: null, finishedAt: at });
    if (held === null) return;
    const hold = { event: 'hold', from: kase.state, to: kase.state, reason: held.code, actor: 'service' } as const;
    this.tables.transitions.push({ id: this.tables.nextId(), caseId: kase.id, at, ...hold });
  }

  #runs({ inbox, folder }: CaseFolder): readonly Case[] {
    return this.rows.filter((kase) => kase.inbox === inbox && kase.folder === folder).sort((a, b) => b.run - a.run);
  }

  #respell(request: NewCase): boolean {
    const { inbox, folder, formerly } = request;
    if (formerly === undefined) return false;
    const runs = this.#runs({ inbox, folder: formerly });
    for (const run of runs) {
      const letGo = letGoOfFormer(run, request);
      const kase = letGo === null ? run : this.#commitNow(run, letGo);
      this.tables.cases.set(run.id, { ...kase, folder, folderKey: folderKey(folder) });
    }
    return runs.length > 0;
  }

  #claim(kase: Case, owner: string, now: number, leaseMs: number): Claim {
    const { step } = CASE_MACHINE[kase.state];
    if (step === null) throw new Error('claimed an ended case');
    const claimed = { ...kase, leaseOwner: owner, leasedUntil: now + leaseMs, version: kase.version + 1 };
    this.tables.cases.set(kase.id, claimed);
    this.tables.closeAttempts(isStepOf(kase.id), { outcome: 'lost', error: null, finishedAt: now });
    const id = this.tables.nextId();
    const open = { beamNumber: null, finishedAt: null, outcome: null, error: null, host: null, resourceId: null };
    this.tables.attempts.push({ ...open, id, caseId: kase.id, step, attempt: kase.attempt + 1, owner, startedAt: now });
    return { kase: claimed, step, attemptId: id };
  }

  #moveBeams(moves: NonNullable<CaseCommit['moves']>): void {
    const beams = new FakeBeamStore(this.tables);
    const stale = moves.find(({ beam }) => this.tables.beams.get(beam.id)?.version !== beam.version);
    if (stale !== undefined) throw beamLostRace(stale.beam.id);
    for (const { beam, move } of moves) beams.moveNow(beam, move);
  }

  #closeAttempt(before: Case, { attempt, at }: CaseCommit, after: Case): void {
    if (attempt !== undefined) {
      const close = { outcome: attempt.outcome, error: attempt.error, finishedAt: at };
      this.tables.closeAttempts(({ id }) => id === attempt.id, close);
      const { step } = CASE_MACHINE[before.state];
      if (attempt.outcome === 'waiting') {
        this.tables.attempts = this.tables.attempts.filter(
          (other) =>
            other.caseId !== before.id || other.step !== step || other.outcome !== 'waiting' || other.id === attempt.id,
        );
      }
    } else if (before.state !== after.state) {
      const outcome = after.state === 'cancelled' ? 'cancelled' : 'lost';
      this.tables.closeAttempts(isStepOf(before.id), { outcome, error: null, finishedAt: at });
    }
  }

  #replaceBeams(caseId: string, figures: NonNullable<CaseCommit['beams']>, at: number): void {
    const former = this.tables.beamsOf(caseId);
    const ofBeams = (attempt: Attempt): boolean => attempt.caseId === caseId && attempt.beamNumber !== null;
    this.tables.closeAttempts(ofBeams, { outcome: 'lost', error: null, finishedAt: at });
    for (const { id } of former) this.tables.beams.delete(id);
    for (const beam of figures) {
      const begun = this.tables.attempts.filter((a) => a.caseId === caseId && a.beamNumber === beam.beamNumber);
      const old = former.find(({ beamNumber }) => beamNumber === beam.beamNumber);
      const made = newBeam(caseId, beam, old, Math.max(0, ...begun.map(({ attempt }) => attempt)));
      this.tables.beams.set(made.id, made);
    }
  }
}

const dueAt = (kase: Case): number => Math.max(kase.notBefore ?? 0, kase.leasedUntil ?? 0);

const isStepOf =
  (caseId: string) =>
  (attempt: Attempt): boolean =>
    attempt.caseId === caseId && attempt.beamNumber === null;
