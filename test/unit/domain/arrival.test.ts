import { expect } from 'chai';
import { arrivalWords } from '../../../src/domain/arrival.js';

describe('words on an arriving folder', () => {
  const at = 1_760_000_000_000;
  for (const [files, bytes, agoMs, wanted] of [
    [812, 3_100_000_000, 4_000, 'still copying, 812 files, 3.1 GB, last change 4 s ago'],
    [1, 999, 0, 'still copying, 1 file, 999 bytes, last change 0 s ago'],
    [2, 1_000, 119_000, 'still copying, 2 files, 1.0 kB, last change 119 s ago'],
    [2, 5e13, 600_000, 'still copying, 2 files, 50.0 TB, last change 10 min ago'],
    [0, 0, 3 * 3_600_000, 'still copying, 0 files, 0 bytes, last change 3 h ago'],
    [0, 0, -5_000, 'still copying, 0 files, 0 bytes, last change 0 s ago'],
  ] as const) {
    it(wanted, () => {
      expect(arrivalWords({ files, bytes, lastChangeAt: at - agoMs }, at)).to.equal(wanted);
    });
  }
});
