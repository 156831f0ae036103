import type { AttemptOutcome, Case } from '../domain/case.js';
import { nextCaseState, type ActiveState, type CaseEvent } from '../domain/case-machine.js';
import { toFailure, type CaseError, type Failure } from '../domain/errors.js';
import { caseProgress, type CoarsePhaseProgress } from '../domain/progress.js';
import { verdict, type RetryPolicy } from '../domain/retry.js';
import type { EpochMs } from '../domain/time.js';
import type { CaseChange, CaseCommit } from '../ports/case-store.js';
import type { StepOutcome } from '../ports/step.js';

/** How a step ended: with an outcome of its own, with an error, or let go because the service stops. */
export type StepEnd =
  | { readonly how: 'returned'; readonly outcome: StepOutcome }
  | { readonly how: 'threw'; readonly error: CaseError }
  | { readonly how: 'stopped' };

export interface FateRules {
  readonly retries: RetryPolicy;
  readonly coarse: CoarsePhaseProgress;
  readonly random?: () => number;
}

const LET_GO = { leaseOwner: null, leasedUntil: null } as const satisfies CaseChange;

/**
 * What to write when a step has ended: one atomic commit that moves the case (or leaves it), gives up the lease and
 * closes the attempt. Pure; `kase` is the row as it is now, whose state is still the one the step was to leave.
 */
export function fateOf(kase: Case, attemptId: number, end: StepEnd, now: EpochMs, rules: FateRules): CaseCommit {
  const close = (outcome: AttemptOutcome, error: Failure | null = null): CaseCommit['attempt'] & object => ({
    id: attemptId,
    outcome,
    error,
  });
  if (end.how === 'stopped') return { change: LET_GO, at: now, attempt: close('stopped') };
  if (end.how === 'threw') return fateOfFailure(kase, close, end.error, now, rules);
  const { outcome } = end;
  if (outcome.do === 'wait') {
    const { facts, waitingFor, lookAgainAt } = outcome;
    const change = { ...LET_GO, ...facts, waitingFor, notBefore: lookAgainAt, crashes: 0 };
    return { change, at: now, attempt: close('waiting') };
  }
  const to = nextCaseState(kase.state, 'advance');
  const change: CaseChange = {
    ...LET_GO,
    ...outcome.facts,
    state: to,
    attempt: 0,
    crashes: 0,
    notBefore: null,
    waitingFor: null,
    error: null,
    progress: Math.max(kase.progress, caseProgress(to, [], rules.coarse)),
    ...(to === 'completed' ? { finishedAt: now } : {}),
  };
  return {
    change,
    at: now,
    transition: { event: 'advance', to, reason: outcome.remarks?.join('; ') || null, actor: 'service' },
    attempt: close('done'),
    ...(outcome.beams === undefined ? {} : { beams: outcome.beams }),
  };
}

function fateOfFailure(
  kase: Case,
  close: (outcome: AttemptOutcome, error: Failure) => CaseCommit['attempt'] & object,
  error: CaseError,
  now: EpochMs,
  { retries, random }: FateRules,
): CaseCommit {
  const failure = toFailure(error);
  const attempt = kase.attempt + 1;
  const fate = verdict(error, attempt, retries, random);
  const after = { ...LET_GO, error: failure, attempt, crashes: 0 };
  switch (fate.do) {
    case 'retry':
      return { change: { ...after, notBefore: now + fate.inMs }, at: now, attempt: close('retried', failure) };
    case 'hold':
      return {
        change: { ...after, heldBecause: `${failure.message}; ${failure.remedy}`, notBefore: null },
        at: now,
        transition: { event: 'hold', to: kase.state, reason: failure.code, actor: 'service' },
        attempt: close('held', failure),
      };
    case 'reject':
      return ended(kase, 'reject', close('rejected', failure), after, failure, now);
    case 'fail':
      return ended(kase, 'fail', close('failed', failure), after, failure, now);
  }
}

function ended(
  kase: Case,
  event: Extract<CaseEvent, 'reject' | 'fail'>,
  attempt: CaseCommit['attempt'] & object,
  after: CaseChange,
  failure: Failure,
  now: EpochMs,
): CaseCommit {
  const to = nextCaseState(kase.state, event);
  return {
    change: {
      ...after,
      state: to,
      endedFrom: kase.state as ActiveState,
      finishedAt: now,
      notBefore: null,
      waitingFor: null,
    },
    at: now,
    transition: { event, to, reason: failure.code, actor: 'service' },
    attempt,
  };
}
