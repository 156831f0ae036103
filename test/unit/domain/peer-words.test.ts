import { expect } from 'chai';
import { peerWords } from '../../../src/domain/peer-words.js';

const KASE = { folder: 'clinic/Müller_Anna 12345678', planLabel: 'Prostate_AM' };

describe('the words of a peer, as they are kept', () => {
  it('are one printable line of bounded length', () => {
    expect(peerWords('status B000\u0007\n at\u202eonce ', KASE)).to.equal('status B000 at once');
    expect(peerWords('x'.repeat(5000), KASE)!.length).to.be.at.most(310);
    expect(peerWords(' \n', KASE)).to.equal(null);
  });

  it('carry no part of the folder or plan label that may name the patient, in any case of letters', () => {
    const words = peerWords('no room for MÜLLER anna (12345678) of clinic, plan prostate_am', KASE)!;
    for (const part of ['müller', 'anna', '12345678', 'prostate']) expect(words.toLowerCase()).not.to.include(part);
    expect(words).to.include('no room for');
  });

  it('carry no name in other letters, however short, nor one that is composed in another way', () => {
    const kase = { folder: '4711 김철수', planLabel: '이 계획'.normalize('NFD') };
    expect(peerWords('kept for 김철수 at /in/4711_김철수', kase)).to.equal('kept for [...] at /in/[...]_[...]');
    expect(peerWords(`${'김철수'.normalize('NFD')}: 계획 stored`, kase)).to.equal('[...]: [...] stored');
  });

  it('carry no name as DICOM writes it', () => {
    expect(peerWords("patient 'DOE^JANE^^DR' is unknown", KASE)).to.equal("patient '[...]' is unknown");
  });
});
