import { expect } from 'chai';
import { narrowUmask, presentUmask } from '../../../src/cli/own-umask.js';

describe('the umask of the configuration', () => {
  let ours: number;
  beforeEach(() => {
    ours = presentUmask();
  });
  afterEach(() => {
    process.umask(ours);
  });

  for (const [startedWith, umask, holds] of [
    [0o022, '027', 0o027],
    [0o022, '022', 0o022],
    [0o002, '027', 0o027],
    [0o077, '022', 0o077],
    [0o007, '027', 0o027],
    [0o022, '077', 0o077],
  ] as const) {
    it(`makes 0${holds.toString(8)} of 0${startedWith.toString(8)} where it says ${umask}: it only takes rights away`, () => {
      process.umask(startedWith);
      narrowUmask({ umask });
      expect(presentUmask()).to.equal(holds);
    });
  }
});
