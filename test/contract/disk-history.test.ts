import { expect } from 'chai';
import { onAllStores } from '../test-databases.js';

describe('free space over time', () => {
  onAllStores((stores) => {
    it('is given oldest first from a time on, one sample for a time, and old ones are dropped', async () => {
      const { disks } = stores();
      for (const at of [3_000, 1_000, 2_000]) await disks.add({ at, freeBytes: at * 2 ** 31 }, 0);
      await disks.add({ at: 3_000, freeBytes: 7 }, 0);
      expect(await disks.since(2_000)).to.deep.equal([
        { at: 2_000, freeBytes: 2_000 * 2 ** 31 },
        { at: 3_000, freeBytes: 7 },
      ]);
      await disks.add({ at: 4_000, freeBytes: 8 }, 3_000);
      expect((await disks.since(0)).map(({ at }) => at)).to.deep.equal([3_000, 4_000]);
    });
  });
});
