import { expect } from 'chai';
import { filled, forShares, safeName } from '../../../src/domain/delivery-name.js';
import { aCase } from '../../builders/a-case.js';

describe('the names of what is delivered', () => {
  const kase = aCase({
    id: 'c7',
    folder: 'ward 3/Müller, K.',
    planLabel: '../../etc: G1 "boost"',
    run: 2,
    createdAt: new Date(2026, 0, 9, 23, 59).getTime(),
  });
  const beam = { sopInstanceUid: '2.25.7', beamNumber: 4 };

  it('fills every placeholder', () => {
    const template = '{folder}|{planLabel}|{date}|{caseId}|{run}|{beamNumber}|{sopInstanceUid}';
    expect(filled(template, kase, beam)).to.equal('ward_3/Müller__K.|_._.._etc__G1__boost_|20260109|c7|2|004|2.25.7');
  });

  it('calls the dose of the whole plan so', () => {
    expect(filled('RD.{beamNumber}.dcm', kase, { ...beam, beamNumber: null })).to.equal('RD.plan.dcm');
  });

  it('puts the cases of a further inbox below a folder of theirs', () => {
    expect(filled('{folder}', { ...kase, inbox: 'research' }, null)).to.equal('@research/ward_3/Müller__K.');
  });

  it('leaves what is no placeholder as it is', () => {
    expect(filled('{patient} {}', kase, null)).to.equal('{patient} {}');
  });

  const names: readonly [string, string][] = [
    ['..', '_.'],
    ['.hidden', '_hidden'],
    ['-rf', '_rf'],
    ['a/b\\c', 'a_b_c'],
    ['a\n\0b', 'a__b'],
    ['', '_'],
    ['{run}', '_run_'],
    ['e\u0301', '\u00e9'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ];
  for (const [text, name] of names) {
    it(`makes a safe name of ${JSON.stringify(text.slice(0, 12))}`, () => {
      expect(safeName(text)).to.equal(name);
    });
  }

  it('gives shares of Windows names they take', () => {
    const at = (template: string): string => forShares(filled(template, kase, beam));
    expect(at('{folder}/RD.{beamNumber}.dcm')).to.equal('ward_3/Müller__K_/RD.004.dcm');
    expect([forShares('a/aux/NUL.dcm/com1.x/auxiliary'), forShares('x. /y')]).to.deep.equal([
      'a/_aux/_NUL.dcm/_com1.x/auxiliary',
      'x_/y',
    ]);
  });

  it('never cuts a UID', () => {
    const uid = `2.25.${'1'.repeat(59)}`;
    expect(filled('{sopInstanceUid}', kase, { ...beam, sopInstanceUid: uid })).to.equal(uid);
  });
});
