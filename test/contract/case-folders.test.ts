import { expect } from 'chai';
import { folderKey } from '../../src/domain/case-folder.js';
import type { NewCase } from '../../src/ports/case-store.js';
import { aCase } from '../builders/a-case.js';
import { onAllStores } from '../test-databases.js';

const NOW = 1_770_000_000_000;

const aRequest = (change: Partial<NewCase> = {}): NewCase => ({
  id: 'c1',
  inbox: '',
  folder: 'G1/head',
  fingerprint: 'f1',
  priority: 2,
  at: NOW,
  actor: 'service',
  ...change,
});

describe('case store: which folder is which', () => {
  onAllStores((stores) => {
    it('takes folders of one name in two inboxes for two', async () => {
      const one = await stores().cases.register(aRequest());
      const other = await stores().cases.register(aRequest({ id: 'c2', inbox: 'research' }));
      expect([one.created, other.created, other.kase.run, other.kase.inbox]).to.deep.equal([true, true, 1, 'research']);
      const runs = await stores().cases.runsOf({ inbox: 'research', folder: aRequest().folder });
      expect(runs.map(({ id }) => id)).to.deep.equal(['c2']);
    });

    it('finds the newest run of each folder whose name differs in spelling only, in its inbox', async () => {
      const nfc = 'M\u00fcller';
      await stores().cases.register(aRequest({ folder: nfc }));
      await stores().cases.register(aRequest({ id: 'c2', folder: nfc, fingerprint: 'f2', rerun: true }));
      await stores().cases.register(aRequest({ id: 'c3', folder: 'MU\u0308LLER' }));
      await stores().cases.register(aRequest({ id: 'c4', folder: nfc, inbox: 'research' }));
      const alike = await stores().cases.spelledLike('', folderKey('mu\u0308ller'));
      expect(alike.map(({ id }) => id)).to.have.members(['c2', 'c3']);
    });

    it('gives all runs of a folder its new spelling, in the write that finds it', async () => {
      await stores().cases.register(aRequest({ folder: 'lung' }));
      await stores().cases.register(aRequest({ id: 'c2', folder: 'lung', fingerprint: 'f2', rerun: true }));
      const respelled = aRequest({ id: 'c3', folder: 'LUNG', formerly: 'lung', fingerprint: 'f2' });
      const { kase, ...what } = await stores().cases.register(respelled);
      expect(what).to.deep.equal({ created: false, changed: false, respelled: true });
      expect(kase).to.include({ id: 'c2', folder: 'LUNG', run: 2 });
      expect(await stores().cases.get('c2')).to.deep.equal(kase);
      const runs = await stores().cases.runsOf({ inbox: '', folder: 'LUNG' });
      expect(runs.map(({ id }) => id)).to.deep.equal(['c2', 'c1']);
      expect(await stores().cases.runsOf({ inbox: '', folder: 'lung' })).to.deep.equal([]);
    });

    it('lets go of a step that may read the former spelling, and of none that needs the inbox no more', async () => {
      const leased = { leaseOwner: 'service-1', leasedUntil: NOW + 30_000 };
      const reads = aCase({ id: 'r1', folder: 'lung', ...leased });
      const calculates = aCase({ id: 'r2', folder: 'head', state: 'interpreted', ...leased });
      await stores().seed({ cases: [reads, calculates] });
      const rename = { rerun: false, fingerprint: reads.fingerprint };
      await stores().cases.register(aRequest({ ...rename, folder: 'Lung', formerly: 'lung' }));
      await stores().cases.register(
        aRequest({ ...rename, folder: 'Head', formerly: 'head', fingerprint: calculates.fingerprint }),
      );
      expect(await stores().cases.get('r1')).to.include({ folder: 'Lung', leaseOwner: null, version: 2 });
      expect(await stores().cases.get('r2')).to.include({ folder: 'Head', leaseOwner: 'service-1', version: 1 });
      const [line] = await stores().cases.transitionsOf('r1');
      expect(line).to.include({ event: 'change', reason: 'the folder was renamed, in spelling only' });
    });
  });
});
