import type { Beam, ValidatedBeam } from '../../domain/beam.js';
import { beamId } from '../../domain/beam.js';
import { folderKey } from '../../domain/case-folder.js';
import type { Case, Transition } from '../../domain/case.js';
import {
  CASE_EVENTS,
  isActive,
  isPastInbox,
  nextCaseState,
  type CaseEvent,
  type CaseState,
} from '../../domain/case-machine.js';
import { bug, transient, type CaseError } from '../../domain/errors.js';
import type { CaseCommit, NewCase } from '../../ports/case-store.js';

/*
 * What a commit makes of a case, as plain data. The rules stand here once; the stores only carry them out under the
 * guard of the version.
 */

/** The row of a new run. */
export function newCase(request: NewCase, run: number): Case {
  return {
    id: request.id,
    inbox: request.inbox,
    folder: request.folder,
    folderKey: folderKey(request.folder),
    fingerprint: request.fingerprint,
    run,
    state: 'registered',
    version: 1,
    priority: request.priority,
    planLabel: null,
    planSopInstanceUid: null,
    machine: null,
    duplicateOf: null,
    calculationKey: null,
    resultsOf: null,
    beamCount: 0,
    progress: 0,
    waitingFor: null,
    heldBecause: null,
    attempt: 0,
    crashes: 0,
    notBefore: null,
    leaseOwner: null,
    leasedUntil: null,
    endedFrom: null,
    error: null,
    createdAt: request.at,
    takenAt: request.at,
    updatedAt: request.at,
    finishedAt: null,
  };
}

/**
 * What changed content makes of the newest run of its folder, while no content of that run was accepted (it waits, or is
 * yet to be validated): the same run, due now and let go of, so that a step that looks at the former content finds the
 * case out of its hands. Null: it becomes a further run.
 */
export function takeUp(newest: Case, { fingerprint, rerun, actor, at }: NewCase): CaseCommit | null {
  // Validation writes the plan's UID down with what it waits for, or alone once it accepts (workflow/plan-twins.ts).
  const isAccepted = newest.waitingFor === null && newest.planSopInstanceUid !== null;
  if (newest.state !== 'registered' || isAccepted || rerun === true) return null;
  const content = { fingerprint, takenAt: at, planLabel: null, planSopInstanceUid: null, duplicateOf: null };
  const fresh = { attempt: 0, crashes: 0, error: null, notBefore: null, waitingFor: null };
  return {
    change: { ...content, ...fresh, leaseOwner: null, leasedUntil: null },
    at,
    transition: { event: 'change', to: 'registered', reason: 'the folder changed before it was accepted', actor },
  };
}

/**
 * Where a step may be reading the folder under the spelling it had: it finds the case out of its hands and begins anew.
 * Null: the case no longer needs the inbox, and whatever works on it goes on.
 */
export function letGoOfFormer(run: Case, { actor, at }: NewCase): CaseCommit | null {
  if (!isActive(run.state) || isPastInbox(run.state)) return null;
  const reason = 'the folder was renamed, in spelling only';
  return {
    change: { leaseOwner: null, leasedUntil: null },
    at,
    transition: { event: 'change', to: run.state, reason, actor },
  };
}

/**
 * The row after the commit: the state moves only with a transition the case machine holds, progress never falls.
 * @throws bug `case.illegal-transition` for any other move
 */
export function applyCommit(kase: Case, { change, transition, at, beams }: CaseCommit): Case {
  const state = transition === undefined ? kase.state : stateAfter(kase.state, transition);
  if (change.state !== undefined && change.state !== state) throw illegal(kase.state, change.state);
  return {
    ...kase,
    ...change,
    state,
    machine: beams === undefined ? kase.machine : (beams[0]?.machine ?? null),
    progress: Math.max(kase.progress, change.progress ?? 0),
    version: kase.version + 1,
    updatedAt: at,
  };
}

/** The history row of a commit that carries a transition. */
export function transitionOf(kase: Case, commit: CaseCommit): Omit<Transition, 'id'> | null {
  if (commit.transition === undefined) return null;
  return { caseId: kase.id, from: kase.state, at: commit.at, ...commit.transition };
}

/**
 * A beam as validation found it: pending, or converted where an earlier run has made its dose. `former` is the beam it replaces and `attemptsBegun` the highest attempt ever
 * begun for its number: both counters go on, so that a late writer of an older attempt stays fenced out and no attempt's
 * folder is used twice.
 */
export function newBeam(caseId: string, found: ValidatedBeam, former: Beam | undefined, attemptsBegun: number): Beam {
  const { made, ...figures } = found;
  return {
    ...figures,
    id: beamId(caseId, figures.beamNumber),
    caseId,
    state: made === undefined ? 'pending' : 'converted',
    version: (former?.version ?? 0) + 1,
    progress: made === undefined ? 0 : 100,
    attempt: Math.max(attemptsBegun, former?.attempt ?? 0),
    failures: 0,
    notBefore: null,
    job: null,
    resourceId: null,
    host: null,
    startedAt: null,
    finishedAt: null,
    error: null,
    resultPath: null,
    resultSha256: null,
    waitingFor: null,
    ...made,
  };
}

export const caseLostRace = (id: string): CaseError =>
  transient('case.lost-race', `case ${id} was moved by another writer`);

type Move = NonNullable<CaseCommit['transition']>;

function stateAfter(from: CaseState, { event, to }: Move): CaseState {
  if (event === 'register') throw illegal(from, to);
  const next = isCaseEvent(event) ? nextCaseState(from, event, isActive(to) ? to : undefined) : from;
  if (next !== to) throw illegal(from, to);
  return next;
}

const isCaseEvent = (event: Move['event']): event is CaseEvent => (CASE_EVENTS as readonly string[]).includes(event);

const illegal = (from: CaseState, to: CaseState): CaseError =>
  bug('case.illegal-transition', `a ${from} case does not become ${to} this way`);
