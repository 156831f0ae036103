import type { Beam } from '../domain/beam.js';
import type { Case } from '../domain/case.js';
import { ACTIVE_STATES, isActive, stateBefore, type ActiveState } from '../domain/case-machine.js';
import { operator, type CaseError } from '../domain/errors.js';
import type { RetryRequest } from '../ports/case-control.js';

/** What an operator is told when the state of a case does not allow what was asked. */
export const refused = (why: string): CaseError =>
  operator('case.refused', why, { remedy: 'look at it with: mqi case ID' });

const nothingFailed = (): CaseError =>
  operator('case.refused', 'nothing has failed: it is completed', {
    remedy: 'to have it calculated once more: mqi rerun ID; to send its results again: mqi deliver ID',
  });

const rank = (state: ActiveState): number => ACTIVE_STATES.indexOf(state);

/**
 * The state from which a retry goes on: where the case stood, or before the step to be redone; to redo a beam is to
 * simulate again.
 * @throws operator `case.refused` for a step not yet reached, or where nothing has failed: what is completed is calculated
 * again, under UIDs of its own, only for who says from which step
 */
export function retryTarget(kase: Case, request: RetryRequest): ActiveState {
  const reached = isActive(kase.state) ? kase.state : (kase.endedFrom ?? 'registered');
  const target = wantedTarget(reached, request);
  if (kase.state === 'completed') {
    if (request.from === undefined && request.beamNumber === undefined) throw nothingFailed();
    return target;
  }
  if (rank(target) > rank(reached)) {
    throw refused(`it has not come as far as ${request.from ?? 'that'}: it is ${kase.state}, ${reached} at most`);
  }
  if (isActive(kase.state)) refuseIfUnderWay(kase, request);
  return target;
}

/**
 * A cleaned work folder keeps the RT Dose that was not delivered, and no input of an engine: unless only assembly or
 * delivery is left to do, a retry begins with validation, for all beams.
 */
export function retryOfCleaned(kase: Case, request: RetryRequest): RetryRequest {
  const target = retryTarget(kase, request);
  if (kase.state === 'completed' || rank(target) >= rank('simulated')) return request;
  return { ...(request.reason === undefined ? {} : { reason: request.reason }), from: 'validate' };
}

function wantedTarget(reached: ActiveState, { from, beamNumber }: RetryRequest): ActiveState {
  const wanted = from === undefined ? reached : stateBefore(from);
  return beamNumber !== undefined && rank(wanted) > rank('interpreted') ? 'interpreted' : wanted;
}

function refuseIfUnderWay(kase: Case, { from, beamNumber }: RetryRequest): void {
  if (kase.leaseOwner !== null && kase.heldBecause === null) {
    throw refused('its step is running; hold or cancel it first');
  }
  const waits = kase.heldBecause !== null || kase.notBefore !== null;
  if (from === undefined && beamNumber === undefined && !waits) throw refused('nothing has failed: it is under way');
}

/** @throws operator `case.refused` when the beam asked for is not there */
export function requireBeam(beams: readonly Beam[], { beamNumber }: RetryRequest): void {
  if (beamNumber === undefined || beams.some((beam) => beam.beamNumber === beamNumber)) return;
  throw refused(`it has no beam ${String(beamNumber)}`);
}

/**
 * The beams a retry starts again: those that ended badly, the one that was asked for, or all where the step that feeds
 * them is redone. Finished beams are kept otherwise.
 * @throws operator `case.refused` when the beam asked for is not there
 */
export function beamsToReopen(beams: readonly Beam[], target: ActiveState, request: RetryRequest): readonly Beam[] {
  const { beamNumber, from } = request;
  requireBeam(beams, request);
  // Validation makes the rows of all beams anew: none of their jobs may run on unattended.
  const all =
    target === 'registered' || (from !== undefined && beamNumber === undefined && rank(target) <= rank('interpreted'));
  return beams.filter(
    (beam) => all || beam.beamNumber === beamNumber || beam.state === 'failed' || beam.state === 'cancelled',
  );
}
