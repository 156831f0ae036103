import { bug } from './errors.js';

/** `submitted` is durable because the job outlives us: its handle must be found again after a crash. */
export const BEAM_STATES = ['pending', 'submitted', 'executed', 'converted', 'failed', 'cancelled'] as const;
export type BeamState = (typeof BEAM_STATES)[number];

/** `reset` puts a beam back for another attempt; `reopen` is the operator's, for beams that have ended. */
export const BEAM_EVENTS = ['submit', 'execute', 'convert', 'reset', 'fail', 'cancel', 'reopen'] as const;
export type BeamEvent = (typeof BEAM_EVENTS)[number];

const exits = { reset: 'pending', fail: 'failed', cancel: 'cancelled', reopen: 'pending' } as const;

/** The whole life of a beam. */
export const BEAM_MACHINE: Readonly<Record<BeamState, Partial<Record<BeamEvent, BeamState>>>> = {
  pending: { submit: 'submitted', ...exits },
  submitted: { execute: 'executed', ...exits },
  executed: { convert: 'converted', ...exits },
  converted: { reopen: 'pending' },
  failed: { reopen: 'pending' },
  cancelled: { reopen: 'pending' },
};

/** The state after `event`. Throws a bug for a move the table does not hold. */
export function nextBeamState(state: BeamState, event: BeamEvent): BeamState {
  const target = BEAM_MACHINE[state][event];
  if (target === undefined) throw bug('beam.illegal-transition', `a ${state} beam does not take ${event}`);
  return target;
}
