import { expect } from 'chai';
import { durationWords } from '../../../../src/cli/terminal/duration-words.js';

describe('a span of time in words', () => {
  for (const [ms, words] of [
    [0, '0 s'],
    [8_400, '8 s'],
    [59_700, '1 min 0 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 5 min'],
  ] as const) {
    it(`${String(ms)} ms is ${words}`, () => {
      expect(durationWords(ms)).to.equal(words);
    });
  }
});
