import { expect } from 'chai';
import { deliveryPath, folderKey } from '../../../src/domain/case-folder.js';

const NFC = 'M\u00fcller';
const NFD = 'Mu\u0308ller';

describe('the name of a case folder', () => {
  for (const [what, one, other] of [
    ['composed and decomposed letters', NFC, NFD],
    ['upper and lower case', 'G1/Head', 'g1/HEAD'],
    ['both', NFC.toUpperCase(), NFD.toLowerCase()],
    ['Korean in syllables and in letters', '환자', '환자'.normalize('NFD')],
    ['the two Greek letters for s', 'ΟΔΟΣ', 'οδος'],
    ['letters beyond the first 65,536', '\u{10400}', '\u{10428}'],
  ] as const) {
    it(`has one key in ${what}`, () => {
      expect(folderKey(one)).to.equal(folderKey(other));
    });
  }

  it('has another key where it is another name: a sharp s is no double s', () => {
    const names = ['Strauß', 'Strauss', 'a', 'ä', 'a/b', 'a b'];
    expect(new Set(names.map(folderKey)).size).to.equal(names.length);
  });

  it('keeps its key when that is taken again', () => {
    for (const name of [NFC, NFD, 'İstanbul', 'ǅ', 'ﬁ', 'Σίσυφος'])
      expect(folderKey(folderKey(name))).to.equal(folderKey(name));
  });

  it('is where its results go, those of a further inbox apart', () => {
    expect(deliveryPath({ inbox: '', folder: 'G1/head' })).to.equal('G1/head');
    expect(deliveryPath({ inbox: 'research', folder: 'G1/head' })).to.equal('@research/G1/head');
  });
});
