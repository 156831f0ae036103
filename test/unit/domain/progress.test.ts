import { expect } from 'chai';
import { caseProgress } from '../../../src/domain/progress.js';

const coarse = { validated: 5, interpreted: 10, simulated: 90, assembled: 95 };

describe('the progress of a case', () => {
  it('follows the states it has reached', () => {
    expect(caseProgress('registered', [], coarse)).to.equal(0);
    expect(caseProgress('validated', [], coarse)).to.equal(5);
    expect(caseProgress('simulated', [100, 100], coarse)).to.equal(90);
    expect(caseProgress('assembled', [], coarse)).to.equal(95);
    expect(caseProgress('completed', [], coarse)).to.equal(100);
  });

  it('moves with the mean of its beams while they are simulated', () => {
    expect(caseProgress('interpreted', [0, 0], coarse)).to.equal(10);
    expect(caseProgress('interpreted', [100, 0], coarse)).to.equal(50);
    expect(caseProgress('interpreted', [100, 100], coarse)).to.equal(90);
  });
});
