import { expect } from 'chai';
import { storeVerdict } from '../../../../src/adapters/uploads/dimse/store-status.js';
import { CaseError } from '../../../../src/domain/errors.js';

const verdict = (status: number): string => {
  const given = storeVerdict('pacs', status);
  return given instanceof CaseError ? `${given.severity} ${given.code}` : given;
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
});
