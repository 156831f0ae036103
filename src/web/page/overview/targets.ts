import { ApiError, askJson } from '../api.js';
import { loaded } from '../loaded.js';

/** One place that doses are delivered to: `GET /api/targets`. */
export interface TargetView {
  readonly name: string;
  readonly kind: string;
  readonly optional: boolean;
  readonly state: 'working' | 'down' | 'unknown';
  /** Objects that are yet to be delivered. */
  readonly waiting: number;
  readonly lastSuccessAt: string | null;
  readonly lastFailureAt: string | null;
  readonly nextProbeAt: string | null;
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | null;
}

/** Null where the service does not tell. */
export const targets = loaded<readonly TargetView[] | null>(async () => {
  try {
    return (await askJson<{ readonly targets: readonly TargetView[] }>('/api/targets')).targets;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.problem.status === 404) return null;
    throw thrown;
  }
});
