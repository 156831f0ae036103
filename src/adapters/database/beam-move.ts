import type { Beam } from '../../domain/beam.js';
import type { Attempt } from '../../domain/case.js';
import { nextBeamState } from '../../domain/beam-machine.js';
import { bug, transient, type CaseError } from '../../domain/errors.js';
import type { BeamMove } from '../../ports/beam-store.js';

/**
 * The beam after the move, by the beam machine.
 * @throws bug `beam.illegal-transition`
 */
export function applyMove(beam: Beam, { event, change }: BeamMove): Beam {
  return { ...beam, ...change, state: nextBeamState(beam.state, event), version: beam.version + 1 };
}

/**
 * The beam with its next attempt opened.
 * @throws bug `beam.illegal-transition` unless it is pending
 */
export function applyBegin(beam: Beam): Beam {
  if (beam.state !== 'pending') throw bug('beam.illegal-transition', `a ${beam.state} beam begins no attempt`);
  return { ...beam, attempt: beam.attempt + 1, job: null, progress: 0, waitingFor: null, version: beam.version + 1 };
}

export const beamLostRace = (id: string): CaseError =>
  transient('beam.lost-race', `beam ${id} was moved by another writer`);

/** What the attempt's row keeps of the place its job was submitted to. */
export const placeOf = ({ host, resourceId }: Beam): Pick<Attempt, 'host' | 'resourceId'> => ({ host, resourceId });
