import { expect } from 'chai';
import { afterFailure, afterSuccess, neverTried } from '../../src/domain/target-state.js';
import { onAllStores } from '../test-databases.js';

const DOWN = { code: 'upload.unavailable', severity: 'transient', message: 'away', remedy: 'nothing to do' } as const;
const POLICY = { maxRetries: 3, baseMs: 1_000, capMs: 60_000 };

describe('store of upload targets', () => {
  onAllStores((stores) => {
    it('knows a target that was never tried as such', async () => {
      expect(await stores().targets.get('pacs')).to.deep.equal(neverTried('pacs'));
    });

    it('keeps what was found of each, the last of it', async () => {
      const working = afterSuccess(neverTried('outbox'), 5);
      const down = afterFailure(neverTried('pacs'), DOWN, { at: 7, counts: true, policy: POLICY });
      await stores().targets.save(neverTried('outbox'));
      await stores().targets.save(working);
      await stores().targets.save(down);
      expect(await stores().targets.get('outbox')).to.deep.equal(working);
      expect(await stores().targets.get('pacs')).to.deep.equal(down);
    });

    it('shows the configured targets with what was found of them, and forgets others', async () => {
      const working = afterSuccess(neverTried('outbox'), 5);
      await stores().targets.save(working);
      await stores().targets.save(neverTried('former'));
      await stores().targets.sync([
        { name: 'pacs', kind: 'dicom', optional: true },
        { name: 'outbox', kind: 'folder', optional: false },
      ]);
      expect(await stores().queries.targets()).to.deep.equal([
        { kind: 'folder', optional: false, target: working, waiting: 0 },
        { kind: 'dicom', optional: true, target: neverTried('pacs'), waiting: 0 },
      ]);
    });
  });
});
