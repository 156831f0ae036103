import type { Attempt } from '../../src/domain/case.js';

/** An open first attempt at validating case `c1`. */
export function anAttempt(change: Partial<Attempt> = {}): Attempt {
  return {
    id: 1,
    caseId: 'c1',
    step: 'validate',
    beamNumber: null,
    attempt: 1,
    owner: 'service-1',
    startedAt: 1_760_000_000_000,
    finishedAt: null,
    outcome: null,
    error: null,
    host: null,
    resourceId: null,
    ...change,
  };
}
