import { expect } from 'chai';
import { caseFolderOf, parseLayout } from '../../../src/domain/layout.js';

describe('layout of the inbox', () => {
  it('counts its named segments', () => {
    expect(
      ['{case}', '{room}/{case}', '{patient}/{study}', '{a}/{b}/{c}'].map((t) => parseLayout(t).depth),
    ).to.deep.equal([1, 2, 2, 3]);
  });

  for (const template of ['', 'case', '{case}/', '/{case}', '{}', '{room}\\{case}', '{room}//{case}']) {
    it(`refuses "${template}"`, () => {
      expect(() => parseLayout(template)).to.throw(/is not a segment like \{case\}/);
    });
  }

  it('finds the case folder that a path lies in', () => {
    const layout = parseLayout('{room}/{case}');
    expect(caseFolderOf('G1/Doe/CT/1.dcm', layout)).to.equal('G1/Doe');
    expect(caseFolderOf('G1/Doe', layout)).to.equal('G1/Doe');
    expect(caseFolderOf('G1', layout)).to.equal(null);
    expect(caseFolderOf('', layout)).to.equal(null);
  });
});
