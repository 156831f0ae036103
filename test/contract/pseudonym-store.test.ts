import { expect } from 'chai';
import type { Pseudonym } from '../../src/domain/pseudonym.js';
import { onAllStores } from '../test-databases.js';

const aPseudonym = (change: Partial<Pseudonym> = {}): Pseudonym => ({
  scope: 'k1',
  kind: 'patient',
  original: 'PAT-1',
  replacement: 'P-1',
  at: 1_760_000_000_000,
  ...change,
});

describe('pseudonym store', () => {
  onAllStores((stores) => {
    it('keeps the first pseudonym that a patient was given, whatever is asked for later', async () => {
      const first = aPseudonym();
      expect(await stores().pseudonyms.keep([first])).to.deep.equal([first]);
      expect(await stores().pseudonyms.keep([aPseudonym({ replacement: 'P-2', at: 5 })])).to.deep.equal([first]);
    });

    it('tells kinds and keys apart, and gives what was asked for in its order', async () => {
      const wanted = [
        aPseudonym({ kind: 'uid' }),
        aPseudonym({ scope: 'k2', replacement: 'P-9' }),
        aPseudonym({ original: 'pat-1', replacement: 'P-3' }),
        aPseudonym(),
      ];
      expect(await stores().pseudonyms.keep(wanted)).to.deep.equal(wanted);
      expect(await stores().pseudonyms.keep([...wanted].reverse())).to.deep.equal([...wanted].reverse());
    });

    it('gives the same to two that ask at once', async () => {
      const asked = ['P-1', 'P-2', 'P-3'].map((replacement) => stores().pseudonyms.keep([aPseudonym({ replacement })]));
      const [one, two, three] = await Promise.all(asked);
      expect([two, three]).to.deep.equal([one, one]);
    });

    it('gives every patient once, and no UID', async () => {
      await stores().pseudonyms.keep([
        aPseudonym({ original: 'PAT-2' }),
        aPseudonym(),
        aPseudonym({ scope: 'k2' }),
        aPseudonym({ kind: 'uid', original: '1.2.3' }),
      ]);
      expect(await stores().pseudonyms.patients()).to.deep.equal(['PAT-1', 'PAT-2']);
    });

    it('finds both ways, and nothing by a part', async () => {
      const older = aPseudonym();
      const newer = aPseudonym({ scope: 'k2', replacement: 'P-9', at: 1_760_000_000_001 });
      await stores().pseudonyms.keep([older, newer]);
      expect(await stores().pseudonyms.find('PAT-1')).to.deep.equal([newer, older]);
      expect(await stores().pseudonyms.find('P-9')).to.deep.equal([newer]);
      expect(await stores().pseudonyms.find('PAT')).to.deep.equal([]);
    });
  });
});
