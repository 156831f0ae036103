import { expect } from 'chai';
import { progressBar } from '../../../../src/cli/terminal/progress-bar.js';

describe('a progress bar', () => {
  it('has one length, is empty at 0 and full only at 100', () => {
    expect(progressBar(0, 4)).to.equal('[....]   0 %');
    expect(progressBar(99.9, 4)).to.equal('[###.]  99 %');
    expect(progressBar(100, 4)).to.equal('[####] 100 %');
  });

  it('stays within its bounds for impossible figures', () => {
    expect(progressBar(-5, 4)).to.equal('[....]   0 %');
    expect(progressBar(250, 4)).to.equal('[####] 100 %');
  });
});
