import type { CaseError } from './errors.js';

export interface RetryPolicy {
  /** How often a transient failure is tried again: attempts = maxRetries + 1. */
  readonly maxRetries: number;
  readonly baseMs: number;
  readonly capMs: number;
}

export type Verdict =
  | { readonly do: 'retry'; readonly inMs: number }
  | { readonly do: 'reject' }
  | { readonly do: 'fail' }
  | { readonly do: 'hold' };

/**
 * What becomes of a failed attempt. Delays grow as base * 2^(attempt-1) up to the cap, of which 50-100 % is used, so
 * that cases which failed together do not come back together.
 * @param attempt the number of the attempt that failed, from 1
 */
export function verdict(error: CaseError, attempt: number, policy: RetryPolicy, random = Math.random): Verdict {
  if (error.severity === 'input') return { do: 'reject' };
  if (error.severity === 'permanent') return { do: 'fail' };
  if (error.severity !== 'transient') return { do: 'hold' };
  if (attempt > policy.maxRetries) return { do: 'fail' };
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1));
  return { do: 'retry', inMs: Math.round(ceiling * (0.5 + random() / 2)) };
}
