import { expect } from 'chai';
import { doseComment, parseRemarkText, remarkText } from '../../../../../src/adapters/dicom/writing/dose-remarks.js';

describe('remarks on a dose', () => {
  it('begin with what the values are: per fraction', () => {
    expect(doseComment([])).to.equal('per fraction');
    expect(remarkText([])).to.equal('Gy per fraction');
  });

  it('are in a DoseComment by what stands before their colon, the first ones first, within 64 characters', () => {
    const phantom = 'water phantom set to beam, gantry 0: gantry and couch are taken as 0';
    const comment = doseComment([phantom, 'generic model: not that of the machine', 'left out']);
    expect(comment).to.equal('per fraction; water phantom set to beam, gantry 0; generic model');
    expect(comment).to.have.length(64);
    expect(doseComment(['x'.repeat(60), 'short'])).to.equal('per fraction; short');
  });

  it('are ASCII on one line each, so that they read right in the character set of any plan', () => {
    const remarks = ['Müller-Modell\n2 µm', 'a\\b'];
    expect(doseComment(remarks)).to.equal('per fraction; Muller-Modell 2 ?m; a/b');
    expect(remarkText(remarks)).to.match(/^[\r\n -~]*$/);
  });

  it('come back from the text that holds them all', () => {
    const remarks = ['model generic', 'x'.repeat(300)];
    expect(parseRemarkText(remarkText(remarks))).to.deep.equal(remarks);
    expect(remarkText(['y'.repeat(20_000)])).to.have.length(10_240);
  });
});
