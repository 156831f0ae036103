import { expect } from 'chai';
import {
  BEAM_EVENTS,
  BEAM_STATES,
  nextBeamState,
  type BeamEvent,
  type BeamState,
} from '../../../src/domain/beam-machine.js';
import { CaseError } from '../../../src/domain/errors.js';

const open = { reset: 'pending', fail: 'failed', cancel: 'cancelled', reopen: 'pending' } as const;
const EXPECTED: Record<BeamState, Partial<Record<BeamEvent, BeamState>>> = {
  pending: { submit: 'submitted', ...open },
  submitted: { execute: 'executed', ...open },
  executed: { convert: 'converted', ...open },
  converted: { reopen: 'pending' },
  failed: { reopen: 'pending' },
  cancelled: { reopen: 'pending' },
};

describe('the life of a beam', () => {
  for (const state of BEAM_STATES) {
    for (const event of BEAM_EVENTS) {
      const to = EXPECTED[state][event];
      it(`${state} + ${event} = ${to ?? 'refused'}`, () => {
        if (to !== undefined) expect(nextBeamState(state, event)).to.equal(to);
        else
          expect(() => nextBeamState(state, event))
            .to.throw(CaseError)
            .with.property('severity', 'bug');
      });
    }
  }
});
