import { expect } from 'chai';
import fc from 'fast-check';
import { bug, CaseError, input, operator, permanent, toCaseError, transient } from '../../../src/domain/errors.js';
import { verdict } from '../../../src/domain/retry.js';

const policy = { maxRetries: 3, baseMs: 5_000, capMs: 600_000 };

describe('the fate of a failed attempt', () => {
  it('rejects wrong input, fails what is permanent and holds what a person must mend', () => {
    expect(verdict(input('plan.none', 'no plan'), 1, policy)).to.deep.equal({ do: 'reject' });
    expect(verdict(permanent('engine.bad-dose', 'zeros'), 1, policy)).to.deep.equal({ do: 'fail' });
    expect(verdict(operator('disk.full', 'full'), 1, policy)).to.deep.equal({ do: 'hold' });
    expect(verdict(bug('unclassified', 'odd'), 1, policy)).to.deep.equal({ do: 'hold' });
  });

  it('tries a transient failure again maxRetries times and then fails', () => {
    const lost = transient('engine.lost', 'lost');
    expect([1, 2, 3, 4].map((attempt) => verdict(lost, attempt, policy).do)).to.deep.equal([
      'retry',
      'retry',
      'retry',
      'fail',
    ]);
    expect(verdict(lost, 1, { ...policy, maxRetries: 0 })).to.deep.equal({ do: 'fail' });
  });

  it('waits between half and all of the doubled delay, never longer than the cap', () => {
    const lost = transient('engine.lost', 'lost');
    const patient = { ...policy, maxRetries: 1_000 };
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (attempt, random) => {
          const fate = verdict(lost, attempt, patient, () => random);
          const ceiling = Math.min(600_000, 5_000 * 2 ** (attempt - 1));
          return fate.do === 'retry' && fate.inMs >= ceiling / 2 - 1 && fate.inMs <= ceiling;
        },
      ),
    );
  });

  it('shows nothing of the text of an error nobody translated', () => {
    const cause = new Error('ENOENT: /inbox/DOE^JOHN');
    const error = toCaseError(cause);
    expect(error).to.be.instanceOf(CaseError);
    expect(error.severity).to.equal('bug');
    expect(error.message).not.to.contain('DOE');
    expect(error.cause).to.equal(cause);
  });
});
