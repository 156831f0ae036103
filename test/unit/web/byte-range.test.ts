import { expect } from 'chai';
import { byteRange } from '../../../src/web/byte-range.js';

describe('the part of a file that a Range header asks for', () => {
  const cases: readonly (readonly [string | undefined, ReturnType<typeof byteRange>])[] = [
    [undefined, null],
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-500', { start: 0, end: 99 }],
    ['bytes=50-5000', { start: 50, end: 99 }],
    ['bytes=100-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=9-5', null],
    ['bytes=0-1,5-6', null],
    ['bytes=-', null],
    ['bytes=a-b', null],
    ['lines=0-1', null],
  ];
  for (const [header, wanted] of cases) {
    it(`${header ?? 'no header'} of 100 bytes is ${JSON.stringify(wanted)}`, () => {
      expect(byteRange(header, 100)).to.deep.equal(wanted);
    });
  }

  it('is nothing of an empty file', () => {
    expect(byteRange('bytes=0-', 0)).to.equal('unsatisfiable');
  });
});
