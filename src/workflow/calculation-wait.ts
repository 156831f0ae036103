import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import type { EpochMs } from '../domain/time.js';
import type { Outlook } from './outlook.js';

/** Why the calculation of a case does not go on. */
export interface CalculationWait {
  /** What is waited for, in words. */
  readonly what: string;
  /** Its jobs run, or have run, on a host that cannot be asked: nothing has to come free. */
  readonly isAway: boolean;
}

/**
 * What the beams of a case wait for of which none is being calculated: their place in a cluster's queue, a host that is
 * away, their next try, or a place of ours. Null where one goes on, and for a case that is not being calculated.
 * @param beams those without dose, or all
 */
export function calculationWait(
  { state, heldBecause }: Case,
  beams: readonly Beam[],
  { slot, away }: Outlook,
  now: EpochMs,
): CalculationWait | null {
  const open = beams.filter((beam) => ['pending', 'submitted', 'executed'].includes(beam.state));
  if (state !== 'interpreted' || heldBecause !== null || open.length === 0) return null;
  const waits = open.map((beam): CalculationWait | null => {
    const why = away.get(beam.id)?.why;
    if (why !== undefined) return { what: why, isAway: true };
    if (beam.waitingFor !== null && beam.state !== 'executed') return { what: beam.waitingFor, isAway: false };
    return beam.state === 'pending' ? { what: retryWords(beam, now) ?? slot, isAway: false } : null;
  });
  if (waits.includes(null)) return null;
  // Of several reasons the one of a job, which is the further on; then of a beam that could be calculated at once.
  const first = open.findIndex((beam) => beam.state === 'submitted');
  return waits[first] ?? waits.find((wait) => wait?.what === slot) ?? waits[0] ?? null;
}

function retryWords({ beamNumber, notBefore, error }: Beam, now: EpochMs): string | null {
  if (notBefore === null || notBefore <= now) return null;
  const why = error === null ? '' : ` after failure: ${error.message}`;
  return `beam ${String(beamNumber)} to be tried again${why}`;
}
