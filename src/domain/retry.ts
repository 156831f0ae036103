import type { CaseError } from './errors.js';
import type { EpochMs } from './time.js';

export interface RetryPolicy {
  /** How often a transient failure is tried again: attempts = maxRetries + 1. */
  readonly maxRetries: number;
  readonly baseMs: number;
  readonly capMs: number;
}

/** As configured (processing). */
export const retryPolicy = (configured: {
  readonly maxRetries: number;
  readonly retryDelaySeconds: number;
  readonly retryDelayCapSeconds: number;
}): RetryPolicy => ({
  maxRetries: configured.maxRetries,
  baseMs: configured.retryDelaySeconds * 1000,
  capMs: configured.retryDelayCapSeconds * 1000,
});

export type Verdict =
  | { readonly do: 'retry'; readonly inMs: number }
  | { readonly do: 'reject' }
  | { readonly do: 'fail' }
  | { readonly do: 'hold' };

/** Steps that wait for something look again at the latest after this. */
const LONGEST_LOOK_MS = 10 * 60_000;

/**
 * The longest that anything is ever put off on purpose. A due time further ahead says that the clock was set back since:
 * it is due. So a clock that is set back by an hour delays a retry of seconds by this at most, and mostly not at all.
 */
export const longestDelay = ({ capMs }: RetryPolicy): number => Math.max(capMs, LONGEST_LOOK_MS);

/** How long to wait for a due time; 0 when it has passed, and when it is further ahead than any delay. */
export function remainingMs(notBefore: EpochMs | null, now: EpochMs, longestMs: number): number {
  const leftMs = (notBefore ?? 0) - now;
  return leftMs > longestMs ? 0 : Math.max(0, leftMs);
}

/**
 * How long to wait after the `attempt`-th failure in a row, from 1. Delays grow as base * 2^(attempt-1) up to the cap, of
 * which 50-100 % is used, so that what failed together does not come back together.
 */
export function retryDelayMs(attempt: number, { baseMs, capMs }: RetryPolicy, random = Math.random): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** (attempt - 1));
  return Math.round(ceiling * (0.5 + random() / 2));
}

/**
 * What becomes of a failed attempt.
 * @param attempt the number of the attempt that failed, from 1
 */
export function verdict(error: CaseError, attempt: number, policy: RetryPolicy, random = Math.random): Verdict {
  if (error.severity === 'input') return { do: 'reject' };
  if (error.severity === 'permanent') return { do: 'fail' };
  if (error.severity !== 'transient') return { do: 'hold' };
  if (attempt > policy.maxRetries) return { do: 'fail' };
  return { do: 'retry', inMs: retryDelayMs(attempt, policy, random) };
}
