import type { Beam } from '../../domain/beam.js';
import type { Attempt, Case } from '../../domain/case.js';
import { CASE_MACHINE } from '../../domain/case-machine.js';
import type { Orphan } from '../../domain/crash-loop.js';
import type { Receipt } from '../../domain/receipt.js';

/** Rows of the cases in question, and perhaps of others. */
export interface OrphanRows {
  readonly attempts: readonly Attempt[];
  readonly beams: readonly Beam[];
  readonly delivered: readonly Receipt[];
}

/** What the rows tell of a case whose service is gone. Stated here once; the stores only fetch the rows. */
export function orphanOf({ id: caseId, state, crashes, leasedUntil }: Case, rows: OrphanRows): Orphan {
  const attempts = rows.attempts.filter((attempt) => attempt.caseId === caseId);
  const running = attempts.find(({ beamNumber, outcome }) => beamNumber === null && outcome === null);
  const startedAt = running?.startedAt ?? null;
  const since = startedAt ?? 0;
  const ended = attempts.some(({ beamNumber, finishedAt }) => beamNumber !== null && (finishedAt ?? 0) > since);
  const delivered = rows.delivered.some((receipt) => receipt.caseId === caseId && receipt.at > since);
  const beams = rows.beams.filter((beam) => beam.caseId === caseId);
  return {
    caseId,
    step: CASE_MACHINE[state].step ?? 'validate',
    crashes,
    startedAt,
    leasedUntil,
    gotSomewhere: startedAt !== null && (ended || delivered),
    onlyWaited: !beams.some((beam) => isInOurHands(beam, attempts)),
  };
}

/** True while the service itself was at work on the beam, rather than its engine: starting its job, or converting. */
function isInOurHands(beam: Beam, attempts: readonly Attempt[]): boolean {
  if (beam.state === 'executed') return true;
  const isOpen = ({ beamNumber, attempt, outcome }: Attempt): boolean =>
    beamNumber === beam.beamNumber && attempt === beam.attempt && outcome === null;
  return beam.state === 'pending' && attempts.some(isOpen);
}
