import { retryPolicy, type RetryPolicy } from '../../domain/retry.js';
import type { Settings } from '../../ports/settings.js';

/** How objects go to one target. */
export interface TargetRules {
  /** Cases at once. */
  readonly concurrency: number;
  /** Objects; null: no limit. */
  readonly ratePerMinute: number | null;
  /** Of a case's own failures, and the delays of probes. */
  readonly retries: RetryPolicy;
}

const UNTOLD = { concurrency: 4, ratePerMinute: null } as const;

export function targetRules({ uploads, processing }: Settings, name: string): TargetRules {
  const { concurrency, ratePerMinute } = uploads.find((entry) => entry.name === name) ?? UNTOLD;
  return { concurrency, ratePerMinute, retries: retryPolicy(processing) };
}
