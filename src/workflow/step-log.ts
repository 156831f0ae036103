import type { Case } from '../domain/case.js';
import type { CaseError } from '../domain/errors.js';
import type { CaseCommit } from '../ports/case-store.js';
import type { Logger } from '../ports/logger.js';

/** One line on what the end of a step made of the case. */
export function logCommit(log: Logger, before: Case, after: Case, commit: CaseCommit, durationMs: number): void {
  const outcome = commit.attempt?.outcome ?? 'done';
  if (after.state !== before.state) log.info('case moved', { from: before.state, to: after.state, durationMs });
  else if (outcome === 'waiting') log.info('case waits', { durationMs });
  else if (outcome === 'retried') log.info('case is tried again', { delayMs: (after.notBefore ?? 0) - commit.at });
  else if (outcome === 'held') log.info('case held', { state: after.state });
}

export function logFailure(log: Logger, error: CaseError, thrown: unknown): void {
  const { code, severity } = error;
  const someoneMustAct = severity === 'operator' || severity === 'bug';
  log[someoneMustAct ? 'error' : 'warn']('step failed', { code, severity }, thrown);
}
