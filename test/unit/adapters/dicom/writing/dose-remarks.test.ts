import { expect } from 'chai';
import { doseComment, parseRemarkText, remarkText } from '../../../../../src/adapters/dicom/writing/dose-remarks.js';

describe('remarks on a dose', () => {
  it('begin with what the values are: Gy per fraction', () => {
    expect(doseComment([])).to.equal('Gy per fraction');
    expect(remarkText([])).to.equal('Gy per fraction');
  });

  it('stay within the 64 characters of a DoseComment, and say when they were cut', () => {
    const comment = doseComment(['model generic', 'water phantom set to the beam: gantry taken as 0']);
    expect(comment).to.equal('Gy per fraction; model generic; water phantom set to the beam...');
    expect(comment).to.have.length(64);
  });

  it('are ASCII on one line each, so that they read right in the character set of any plan', () => {
    const remarks = ['Müller-Modell\n2 µm', 'a\\b'];
    expect(doseComment(remarks)).to.equal('Gy per fraction; Muller-Modell 2 ?m; a/b');
    expect(remarkText(remarks)).to.match(/^[\r\n -~]*$/);
  });

  it('come back from the text that holds them all', () => {
    const remarks = ['model generic', 'x'.repeat(300)];
    expect(parseRemarkText(remarkText(remarks))).to.deep.equal(remarks);
    expect(remarkText(['y'.repeat(20_000)])).to.have.length(10_240);
  });
});
