import { expect } from 'chai';
import { aCase } from '../builders/a-case.js';
import { aReceipt } from '../builders/a-receipt.js';
import { onAllStores } from '../test-databases.js';

describe('receipt store', () => {
  onAllStores((stores) => {
    beforeEach(() => stores().seed({ cases: [aCase({ id: 'c1' }), aCase({ id: 'c2' })] }));

    it('keeps one receipt per target and object, in order', async () => {
      const all = [
        aReceipt({ target: 'outbox', sopInstanceUid: '2.25.2' }),
        aReceipt({ target: 'archive', sopInstanceUid: '2.25.2' }),
        aReceipt({ target: 'outbox', sopInstanceUid: '2.25.1' }),
        aReceipt({ caseId: 'c2' }),
      ];
      for (const receipt of all) await stores().receipts.record(receipt);
      expect(await stores().receipts.ofCase('c1')).to.deep.equal([all[1], all[2], all[0]]);
    });

    it('goes from pending to failed to delivered', async () => {
      await stores().receipts.record(aReceipt());
      await stores().receipts.record(aReceipt({ status: 'failed' }));
      const delivered = aReceipt({ status: 'delivered', location: 'outbox/x', verifiedBy: 'sha256 read back', at: 5 });
      await stores().receipts.record(delivered);
      expect(await stores().receipts.ofCase('c1')).to.deep.equal([delivered]);
    });

    it('takes a later proof of the same bytes, and no proof of others', async () => {
      const proof = { status: 'delivered', verifiedBy: 'sha256 read back' } as const;
      await stores().receipts.record(aReceipt({ ...proof, at: 1 }));
      const again = aReceipt({ ...proof, at: 9, attempts: 2, peerSaid: 'already there' });
      await stores().receipts.record(again);
      await stores().receipts.record(aReceipt({ ...proof, sha256: 'other', at: 10 }));
      expect(await stores().receipts.ofCase('c1')).to.deep.equal([again]);
    });

    it('never takes a proof of delivery back', async () => {
      const delivered = aReceipt({ status: 'delivered', verifiedBy: 'sha256 read back' });
      await stores().receipts.record(delivered);
      await stores().receipts.record(aReceipt({ status: 'failed', sha256: 'other' }));
      await stores().receipts.record(aReceipt());
      expect(await stores().receipts.ofCase('c1')).to.deep.equal([delivered]);
    });
  });
});
