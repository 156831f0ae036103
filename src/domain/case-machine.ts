import { bug } from './errors.js';

/** A state names what has been achieved. Running is a lease, waiting to retry a due time, held a reason: no states. */
export const CASE_STATES = [
  'registered',
  'validated',
  'interpreted',
  'simulated',
  'assembled',
  'completed',
  'rejected',
  'failed',
  'cancelled',
] as const;
export type CaseState = (typeof CASE_STATES)[number];

export const STEP_NAMES = ['validate', 'interpret', 'simulate', 'assemble', 'upload'] as const;
export type StepName = (typeof STEP_NAMES)[number];

export const CASE_EVENTS = ['advance', 'reject', 'fail', 'cancel', 'retry'] as const;
export type CaseEvent = (typeof CASE_EVENTS)[number];

/** The states a step leaves: where `retry` may put a case back to. */
export const ACTIVE_STATES = ['registered', 'validated', 'interpreted', 'simulated', 'assembled'] as const;
export type ActiveState = (typeof ACTIVE_STATES)[number];

interface CaseRow {
  readonly step: StepName | null;
  readonly on: Partial<Record<CaseEvent, CaseState | readonly ActiveState[]>>;
}

const exits = { reject: 'rejected', fail: 'failed', cancel: 'cancelled' } as const;

/**
 * The whole life of a case. `retry` names the states it may go back to; the caller says which (the one it left, or the
 * one before the step an operator wants redone). An active case can also be set back by `retry`.
 */
export const CASE_MACHINE: Readonly<Record<CaseState, CaseRow>> = {
  registered: { step: 'validate', on: { advance: 'validated', ...exits, retry: ACTIVE_STATES } },
  validated: { step: 'interpret', on: { advance: 'interpreted', ...exits, retry: ACTIVE_STATES } },
  interpreted: { step: 'simulate', on: { advance: 'simulated', ...exits, retry: ACTIVE_STATES } },
  simulated: { step: 'assemble', on: { advance: 'assembled', ...exits, retry: ACTIVE_STATES } },
  assembled: { step: 'upload', on: { advance: 'completed', ...exits, retry: ACTIVE_STATES } },
  completed: { step: null, on: {} },
  rejected: { step: null, on: { retry: ACTIVE_STATES } },
  failed: { step: null, on: { retry: ACTIVE_STATES } },
  cancelled: { step: null, on: { retry: ACTIVE_STATES } },
};

/** The state after `event`; `to` chooses the target of `retry`. Throws a bug for a move the table does not hold. */
export function nextCaseState(state: CaseState, event: CaseEvent, to?: ActiveState): CaseState {
  const target = CASE_MACHINE[state].on[event];
  if (typeof target === 'string') return target;
  if (target !== undefined && to !== undefined && target.includes(to)) return to;
  throw bug('case.illegal-transition', `a ${state} case does not take ${event}${to === undefined ? '' : ` to ${to}`}`);
}

/** True while a step is still to be done. */
export function isActive(state: CaseState): state is ActiveState {
  return CASE_MACHINE[state].step !== null;
}

/** True while a step is still to be done and none of those needs the dropped folder any more. */
export function isPastInbox(state: CaseState): boolean {
  return isActive(state) && state !== 'registered' && state !== 'validated';
}

/** The state from which `step` starts. */
export function stateBefore(step: StepName): ActiveState {
  const found = ACTIVE_STATES.find((state) => CASE_MACHINE[state].step === step);
  if (found === undefined) throw bug('case.no-such-step', `no state is left by step ${step}`);
  return found;
}
