import type { TargetView } from '../../../workflow/target-view.js';
import { ApiError, askJson } from '../api.js';
import { loaded } from '../loaded.js';

/** Null where the service does not tell. */
export const targets = loaded<readonly TargetView[] | null>(async () => {
  try {
    return (await askJson<{ readonly targets: readonly TargetView[] }>('/api/targets')).targets;
  } catch (thrown) {
    if (thrown instanceof ApiError && thrown.problem.status === 404) return null;
    throw thrown;
  }
});
