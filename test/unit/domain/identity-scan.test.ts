import { expect } from 'chai';
import type { IdentityKind } from '../../../src/domain/identity.js';
import { TermMatcher } from '../../../src/domain/identity-scan.js';
import { searchable } from '../../../src/domain/identity-terms.js';
import { viewsOf } from '../../../src/domain/text-views.js';

const rules = { ownWords: new Set(['long', 'range', 'case']), datesBefore: '20250101' };

describe('the search for people', () => {
  const finds = (kind: IdentityKind, text: string, where: string | Buffer): boolean => {
    const { terms } = searchable([{ kind, text, caseId: 'c1' }], rules);
    const matcher = new TermMatcher(terms);
    return viewsOf(Buffer.from(where)).some((view) => [...matcher.find(view)].length > 0);
  };
  const leftOut = (kind: IdentityKind, text: string): readonly string[] =>
    searchable([{ kind, text, caseId: 'c1' }], rules).leftOut.map(({ why }) => why);

  it('takes no part of a longer word or number for a find', () => {
    expect(finds('patient name', 'Roth^Anna', 'Rothenburg, Annaberg')).to.equal(false);
    expect(finds('patient ID', '123456', 'took 1234567 ms, 0123456 of 9')).to.equal(false);
    expect(finds('patient ID', '123456', 'took 123456 ms')).to.equal(true);
  });

  it('finds a name of everyday words by two of its parts only', () => {
    expect(finds('patient name', 'Long^Case', 'that took too long for a case')).to.equal(false);
    expect(finds('patient name', 'Long^Case', 'plan of case_long')).to.equal(true);
    expect(leftOut('folder name', 'case_1')).to.deep.equal(['too short, or an everyday word']);
  });

  it('finds names in Hangul, Han and kana within other text, and in the encodings of East Asia', () => {
    const name = 'Hong^Gildong=洪^吉洞=홍^길동';
    expect(finds('patient name', name, '환자 홍길동은 왔다')).to.equal(true);
    expect(finds('patient name', name, '洪吉洞')).to.equal(true);
    expect(finds('patient name', name, Buffer.from([0xc8, 0xab, 0xb1, 0xe6, 0xb5, 0xbf]))).to.equal(true);
    expect(finds('patient name', name, 'HONG GILDONG')).to.equal(true);
    expect(finds('patient name', name, '다른 사람')).to.equal(false);
  });

  it('does not take parts that belong to different things together', () => {
    expect(finds('folder name', 'xyz_17', '"xyz": 17')).to.equal(false);
    expect(finds('folder name', 'xyz_17', '/in/XYZ-17/a')).to.equal(true);
  });

  it('says what it does not search for: short ones, and birth dates like the days of our own timestamps', () => {
    for (const [kind, text] of [
      ['patient ID', '1'],
      ['patient ID', '12345'],
      ['label', 'AP'],
      ['patient name', 'Li'],
    ] as const) {
      expect(leftOut(kind, text), text).to.have.length(1);
    }
    expect(leftOut('birth date', '20251126')).to.deep.equal(['as late as the days of our own timestamps']);
    expect(leftOut('patient ID', 'A-17b')).to.deep.equal([]);
  });
});
