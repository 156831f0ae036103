import { retryPolicy, type RetryPolicy } from '../../domain/retry.js';
import type { Settings } from '../../ports/settings.js';

/** How objects go to one target. */
export interface TargetRules {
  /** Cases at once. */
  readonly concurrency: number;
  /** Objects; null: no limit. */
  readonly ratePerMinute: number | null;
  /** What of a case goes there. */
  readonly objects: ReadonlySet<'beams' | 'plan' | 'report'>;
  /** Of a case's own failures, and the delays of probes. */
  readonly retries: RetryPolicy;
}

const ALL = ['beams', 'plan', 'report'] as const;
const UNTOLD = { concurrency: 4, ratePerMinute: null, objects: ALL } as const;

export function targetRules({ uploads, processing }: Settings, name: string): TargetRules {
  const { concurrency, ratePerMinute, objects } = uploads.find((entry) => entry.name === name) ?? UNTOLD;
  return { concurrency, ratePerMinute, objects: new Set(objects ?? ALL), retries: retryPolicy(processing) };
}
