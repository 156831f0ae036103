import { Token } from 'typedi';
import type { Case } from '../domain/case.js';
import type { ManifestFinding } from '../domain/manifest-finding.js';

/** Holds a case folder against the manifest in its ready marker. Reads only files that a walk of the folder found. */
export interface ManifestCheck {
  /**
   * Null when there is no manifest (any more).
   * @param kase its inbox, and its folder below that
   * @param files all files of the folder's content, below it
   * @throws input `intake.manifest-damaged`; transient `disk.failed` where the share does not answer; operator
   * `intake.unknown-inbox`
   */
  check(
    kase: Pick<Case, 'inbox' | 'folder'>,
    files: readonly string[],
    signal: AbortSignal,
  ): Promise<ManifestFinding | null>;
}
export const ManifestCheck = new Token<ManifestCheck>('ManifestCheck');
