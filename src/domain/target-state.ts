import type { Failure } from './errors.js';
import { retryDelayMs, type RetryPolicy } from './retry.js';
import type { EpochMs } from './time.js';

/*
 * The circuit breaker of an upload target, as plain data.
 *
 *   unknown   nothing was ever sent there
 *   working   the last that was sent there arrived
 *   down      the last attempt failed for a reason of the target: nothing is sent but a probe, one at a time, with
 *             growing delay; the first success makes it working
 *
 * An outage ends with the target or with the operator, never by itself: cases wait, and say so.
 */
export const TARGET_STATES = ['unknown', 'working', 'down'] as const;

/** What is known of an upload target (table `upload_targets`); written by the service alone. */
export interface TargetState {
  readonly name: string;
  readonly state: (typeof TARGET_STATES)[number];
  /** Failures in a row, the probes included; 0 unless down. */
  readonly failures: number;
  readonly downSince: EpochMs | null;
  readonly lastSuccessAt: EpochMs | null;
  readonly lastFailureAt: EpochMs | null;
  /** Nothing is sent before; null unless down. */
  readonly nextProbeAt: EpochMs | null;
  /** Why it is down; null unless it is. */
  readonly error: Failure | null;
}

export const neverTried = (name: string): TargetState => ({
  name,
  state: 'unknown',
  failures: 0,
  downSince: null,
  lastSuccessAt: null,
  lastFailureAt: null,
  nextProbeAt: null,
  error: null,
});

export const afterSuccess = (row: TargetState, at: EpochMs): TargetState => ({
  ...neverTried(row.name),
  state: 'working',
  lastSuccessAt: at,
  lastFailureAt: row.lastFailureAt,
});

/**
 * Written before a probe is sent: should the service die of it, the next start does not probe at once.
 */
export const beforeProbe = (
  row: TargetState,
  at: EpochMs,
  policy: RetryPolicy,
  random?: () => number,
): TargetState => ({
  ...row,
  nextProbeAt: at + retryDelayMs(row.failures + 1, policy, random),
});

/** @param counts false for what was sent before the target went down: one outage is one failure however many met it */
export function afterFailure(
  row: TargetState,
  error: Failure,
  { at, counts, policy, random }: { at: EpochMs; counts: boolean; policy: RetryPolicy; random?: () => number },
): TargetState {
  if (row.state === 'down' && !counts) return { ...row, lastFailureAt: at };
  const failures = row.failures + 1;
  return {
    ...row,
    state: 'down',
    failures,
    downSince: row.downSince ?? at,
    lastFailureAt: at,
    nextProbeAt: at + retryDelayMs(failures, policy, random),
    error,
  };
}
