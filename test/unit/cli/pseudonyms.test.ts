import { expect } from 'chai';
import { PseudonymStore } from '../../../src/ports/pseudonym-store.js';
import { ACommandLine } from '../../builders/a-command-line.js';
import { FakePseudonymStore } from '../../fakes/fake-pseudonym-store.js';

describe('mqi pseudonyms', () => {
  const patient = {
    scope: '0123456789abcdef',
    kind: 'patient',
    original: 'HOSP-1',
    replacement: 'P-7K3M9QX2WD5T',
  } as const;
  const line = async (): Promise<ACommandLine> => {
    const store = new FakePseudonymStore();
    await store.keep([{ ...patient, at: Date.parse('2026-11-20T08:00:00Z') }]);
    return new ACommandLine().with(PseudonymStore, store);
  };

  it('says who stands behind a pseudonym, and which one stands for a patient', async () => {
    for (const asked of ['P-7K3M9QX2WD5T', 'HOSP-1']) {
      const { exit, out } = await (await line()).type('pseudonyms', asked);
      expect(exit).to.equal(0);
      expect(out).to.match(/^patient +HOSP-1 +P-7K3M9QX2WD5T +01234567 +2026-11-20/m);
    }
    const { out } = await (await line()).type('pseudonyms', 'HOSP-1', '--json');
    expect(JSON.parse(out)).to.deep.equal({ pseudonyms: [{ ...patient, at: '2026-11-20T08:00:00.000Z' }] });
  });

  it('never lists all, and does not repeat in its error what was asked for', async () => {
    const { exit, out, err } = await (await line()).type('pseudonyms', 'HOSP');
    expect([exit, out]).to.deep.equal([3, '']);
    expect(err).not.to.match(/HOSP/);
    expect((await (await line()).type('pseudonyms')).exit).to.equal(2);
  });
});
