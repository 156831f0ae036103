import { expect } from 'chai';
import {
  ACTIVE_STATES,
  CASE_EVENTS,
  CASE_STATES,
  isActive,
  nextCaseState,
  stateBefore,
  STEP_NAMES,
  type CaseEvent,
  type CaseState,
} from '../../../src/domain/case-machine.js';
import { CaseError } from '../../../src/domain/errors.js';

/** The table again, written out by hand, so that a slip in the code's table shows. */
const EXPECTED: Record<CaseState, Partial<Record<CaseEvent, CaseState>>> = {
  registered: { advance: 'validated', reject: 'rejected', fail: 'failed', cancel: 'cancelled' },
  validated: { advance: 'interpreted', reject: 'rejected', fail: 'failed', cancel: 'cancelled' },
  interpreted: { advance: 'simulated', reject: 'rejected', fail: 'failed', cancel: 'cancelled' },
  simulated: { advance: 'assembled', reject: 'rejected', fail: 'failed', cancel: 'cancelled' },
  assembled: { advance: 'completed', reject: 'rejected', fail: 'failed', cancel: 'cancelled' },
  completed: {},
  rejected: {},
  failed: {},
  cancelled: {},
};

describe('the life of a case', () => {
  for (const state of CASE_STATES) {
    for (const event of CASE_EVENTS.filter((name) => name !== 'retry')) {
      const to = EXPECTED[state][event];
      it(`${state} + ${event} = ${to ?? 'refused'}`, () => {
        if (to !== undefined) expect(nextCaseState(state, event)).to.equal(to);
        else
          expect(() => nextCaseState(state, event))
            .to.throw(CaseError)
            .with.property('severity', 'bug');
      });
    }
    for (const target of ACTIVE_STATES) {
      const allowed = state !== 'completed';
      it(`${state} + retry to ${target} is ${allowed ? 'allowed' : 'refused'}`, () => {
        if (allowed) expect(nextCaseState(state, 'retry', target)).to.equal(target);
        else expect(() => nextCaseState(state, 'retry', target)).to.throw(CaseError);
      });
    }
    it(`${state} refuses a retry that names no target`, () => {
      expect(() => nextCaseState(state, 'retry')).to.throw(CaseError);
    });
  }

  it('has one step for each active state, in the order of the workflow', () => {
    expect(STEP_NAMES.map(stateBefore)).to.deep.equal(ACTIVE_STATES);
    expect(CASE_STATES.filter(isActive)).to.deep.equal(ACTIVE_STATES);
  });
});
