import type { Beam, BeamFigures } from '../../domain/beam.js';
import { beamId } from '../../domain/beam.js';
import type { Case, Transition } from '../../domain/case.js';
import { CASE_EVENTS, isActive, nextCaseState, type CaseEvent, type CaseState } from '../../domain/case-machine.js';
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
    folder: request.folder,
    fingerprint: request.fingerprint,
    run,
    state: 'registered',
    version: 1,
    priority: request.priority,
    planLabel: null,
    planSopInstanceUid: null,
    duplicateOf: null,
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
 * What changed content makes of the newest run of its folder, while that run still waits: the same run, due now and let
 * go of, so that a step that looks at the former content finds the case out of its hands. Null: it becomes a further run.
 */
export function takeUp(newest: Case, { fingerprint, rerun, actor, at }: NewCase): CaseCommit | null {
  const waits = newest.state === 'registered' && newest.waitingFor !== null;
  if (!waits || rerun === true) return null;
  const content = { fingerprint, takenAt: at, planLabel: null, planSopInstanceUid: null, duplicateOf: null };
  const fresh = { attempt: 0, crashes: 0, error: null, notBefore: null, waitingFor: null };
  return {
    change: { ...content, ...fresh, leaseOwner: null, leasedUntil: null },
    at,
    transition: { event: 'change', to: 'registered', reason: 'the folder changed while it was waited for', actor },
  };
}

/**
 * The row after the commit: the state moves only with a transition the case machine holds, progress never falls.
 * @throws bug `case.illegal-transition` for any other move
 */
export function applyCommit(kase: Case, { change, transition, at }: CaseCommit): Case {
  const state = transition === undefined ? kase.state : stateAfter(kase.state, transition);
  if (change.state !== undefined && change.state !== state) throw illegal(kase.state, change.state);
  return {
    ...kase,
    ...change,
    state,
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
 * A pending beam as validation found it. `former` is the beam it replaces and `attemptsBegun` the highest attempt ever
 * begun for its number: both counters go on, so that a late writer of an older attempt stays fenced out and no attempt's
 * folder is used twice.
 */
export function newBeam(caseId: string, figures: BeamFigures, former: Beam | undefined, attemptsBegun: number): Beam {
  return {
    ...figures,
    id: beamId(caseId, figures.beamNumber),
    caseId,
    state: 'pending',
    version: (former?.version ?? 0) + 1,
    progress: 0,
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
