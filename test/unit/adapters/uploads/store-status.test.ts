import { expect } from 'chai';
import { answerWords, judgeStore, type WarningRules } from '../../../../src/adapters/uploads/dimse/store-status.js';
import { CaseError } from '../../../../src/domain/errors.js';

const verdict = (status: number, rules: WarningRules = { warnings: 'delivered' }): string => {
  try {
    return judgeStore('pacs', { status, comment: '' }, rules);
  } catch (error) {
    if (!(error instanceof CaseError)) throw error;
    expect(error.peerSaid).to.contain(status.toString(16).toUpperCase().padStart(4, '0'));
    return `${error.severity} ${error.code}`;
  }
};

/** PS3.4 table B.2-1, and the general statuses of PS3.7 annex C. */
const KNOWN: Readonly<Record<string, string>> = {
  '0000': 'stored',
  '0001': 'warning',
  '0107': 'warning',
  '0116': 'warning',
  B000: 'warning',
  B006: 'warning',
  B007: 'warning',
  '0111': 'present',
  '0105': 'permanent upload.refused',
  '0106': 'permanent upload.refused',
  '0110': 'transient upload.refused',
  '0115': 'permanent upload.refused',
  '0117': 'permanent upload.refused',
  '0118': 'operator upload.not-supported',
  '0119': 'permanent upload.uid-conflict',
  '0120': 'permanent upload.refused',
  '0121': 'permanent upload.refused',
  '0122': 'operator upload.not-supported',
  '0124': 'operator upload.auth',
  '0210': 'transient upload.refused',
  '0211': 'operator upload.not-supported',
  '0212': 'permanent upload.refused',
  '0213': 'transient upload.refused',
};

describe('what a status of C-STORE means for an object', () => {
  for (const [status, wanted] of Object.entries(KNOWN)) {
    it(`${status}: ${wanted}`, () => {
      expect(verdict(parseInt(status, 16))).to.equal(wanted);
    });
  }

  it('every other one by its class: Bxxx stored with a warning, A9xx and Cxxx final, A7xx and unknown ones tried again', () => {
    for (let status = 1; status <= 0xffff; status += 1) {
      const text = status.toString(16).toUpperCase().padStart(4, '0');
      const known = KNOWN[text];
      if (known !== undefined) continue;
      const byClass = /^B/.test(text) ? 'warning' : /^(A9|C)/.test(text) ? 'permanent upload.refused' : null;
      expect(verdict(status), text).to.equal(byClass ?? 'transient upload.refused');
    }
  });

  it('a warning is what the site says it is, each status by a rule of its own', () => {
    const coerced = { warnings: 'failed', warningRules: { B000: 'delivered', B006: null } } as const;
    expect([0xb000, 0xb006, 0xb007, 0xb123].map((status) => verdict(status, coerced))).to.deep.equal([
      'warning',
      ...Array.from({ length: 3 }, () => 'permanent upload.warning'),
    ]);
    const discarded = { warnings: 'delivered', warningRules: { B006: 'failed' } } as const;
    expect([0xb000, 0xb006, 0xb007, 0x0107].map((status) => verdict(status, discarded))).to.deep.equal([
      'warning',
      'permanent upload.warning',
      'warning',
      'warning',
    ]);
  });

  it('is kept as the peer gave it, with its comment', () => {
    expect(answerWords({ status: 0, comment: '' })).to.equal('0000 success');
    expect(answerWords({ status: 0xb007, comment: '' })).to.equal('B007 data set does not match SOP class');
    expect(answerWords({ status: 0xa700, comment: 'disk 4 full' })).to.equal('A700 out of resources: disk 4 full');
    expect(answerWords({ status: 0x0110, comment: 'patient 00815234 unknown' })).to.equal(
      '0110 processing failure: patient [...] unknown',
    );
  });
});
