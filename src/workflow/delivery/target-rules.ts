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
  /** Of a case's own failures. */
  readonly retries: RetryPolicy;
  /** Of a target that is down: as `retries`, with a cap of its own, so that its return is soon noticed. */
  readonly probes: RetryPolicy;
}

const ALL = ['beams', 'plan', 'report'] as const;
const UNTOLD = { concurrency: 4, ratePerMinute: null, probeCapSeconds: 60, objects: ALL } as const;

export function targetRules({ uploads, processing }: Settings, name: string): TargetRules {
  const { probeCapSeconds, objects, ...gate } = uploads.find((entry) => entry.name === name) ?? UNTOLD;
  const { concurrency, ratePerMinute } = gate;
  const retries = retryPolicy(processing);
  const capMs = Math.min(retries.capMs, probeCapSeconds * 1000);
  return { concurrency, ratePerMinute, objects: new Set(objects ?? ALL), retries, probes: { ...retries, capMs } };
}
