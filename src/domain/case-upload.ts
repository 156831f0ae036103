import type { CaseError, Failure } from './errors.js';
import type { TargetState } from './target-state.js';
import type { EpochMs } from './time.js';

/** `failed`: given up until a person acts; what is optional stays so, what is not fails the case in the end. */
export const UPLOAD_STATES = ['open', 'delivered', 'failed'] as const;
export type UploadState = (typeof UPLOAD_STATES)[number];

/** The delivery of one case to one target (table `case_uploads`): its own retry state. */
export interface CaseUpload {
  readonly caseId: string;
  readonly target: string;
  readonly state: UploadState;
  /** Turns begun, never set back: only the turn that was begun last may say how it ended. */
  readonly turns: number;
  /** Failures in a row that were the case's own and not an outage of the target; more than maxRetries give it up. */
  readonly failures: number;
  /** Not before: waits to be tried again for a failure of its own. */
  readonly dueAt: EpochMs | null;
  /** When a turn of it last failed, for whatever reason. */
  readonly failedAt: EpochMs | null;
  /** What was delivered before this is to be proven again: an operator asked for it. */
  readonly againSince: EpochMs | null;
  readonly error: Failure | null;
}

export const newUpload = (caseId: string, target: string): CaseUpload => ({
  caseId,
  target,
  state: 'open',
  turns: 0,
  failures: 0,
  dueAt: null,
  failedAt: null,
  againSince: null,
  error: null,
});

/**
 * Whose fault a failure is. A passing or mendable failure is laid to the target, which is then down for all: unless the
 * target has taken something else since this case last failed there, for then it is this case that it does not take.
 * Without this, one object that a peer chokes on would keep everything from it for ever.
 */
export function isOfTarget(error: CaseError, upload: CaseUpload, target: TargetState): boolean {
  const mayBe = error.code.startsWith('upload.') || error.code.startsWith('disk.');
  if (!mayBe || (error.severity !== 'transient' && error.severity !== 'operator')) return false;
  return upload.failedAt === null || (target.lastSuccessAt ?? 0) <= upload.failedAt;
}
