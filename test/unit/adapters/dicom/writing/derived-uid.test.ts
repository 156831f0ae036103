import { expect } from 'chai';
import { derivedUid } from '../../../../../src/adapters/dicom/writing/derived-uid.js';

describe('UIDs of our objects', () => {
  it('depend on their names alone, whatever machine makes them', () => {
    expect(derivedUid('dose', 'case-1', 1, 3)).to.equal(derivedUid('dose', 'case-1', 1, 3));
    expect(derivedUid('dose', 'case-1', 1, 3)).to.equal('2.25.133459575573633869062871455285311672229');
  });

  it('differ when case, run or beam differ, also where joined names would read alike', () => {
    const uids = [
      derivedUid('dose', 'case-1', 1, 3),
      derivedUid('dose', 'case-1', 1, 4),
      derivedUid('dose', 'case-1', 2, 3),
      derivedUid('dose', 'case-2', 1, 3),
      derivedUid('dose', 'case-1', 13),
      derivedUid('dose', 'case-11', 3),
    ];
    expect(new Set(uids).size).to.equal(uids.length);
  });

  it('are a version 8 UUID as an integer below 2.25, at most 44 characters long', () => {
    for (let beam = 0; beam < 200; beam++) {
      const uid = derivedUid('dose', beam);
      expect(uid).to.match(/^2\.25\.[1-9]\d{0,38}$/);
      const hex = BigInt(uid.slice(5)).toString(16).padStart(32, '0');
      expect(hex[12]).to.equal('8');
      expect(hex[16]).to.match(/[89ab]/);
    }
  });
});
