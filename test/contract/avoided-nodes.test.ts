import { expect } from 'chai';
import { onAllStores } from '../test-databases.js';

const n1 = { host: 'login', node: 'n1', until: 1_760_000_000_000 };
const n2 = { ...n1, node: 'n2' };
const other = { ...n1, host: 'other' };

describe('nodes that failed lately', () => {
  onAllStores((stores) => {
    it('are kept for each cluster, with the latest time for each', async () => {
      const { avoided } = stores();
      for (const row of [n2, n1, other, { ...n1, until: 5 }]) await avoided.avoid(row);
      expect(await avoided.of('login')).to.deep.equal([{ ...n1, until: 5 }, n2]);
      expect(await avoided.of('other')).to.deep.equal([other]);
    });

    it('are forgotten for one cluster alone', async () => {
      const { avoided } = stores();
      for (const row of [n2, n1, other]) await avoided.avoid(row);
      await avoided.forget('login');
      expect(await avoided.of('login')).to.deep.equal([]);
      expect(await avoided.of('other')).to.deep.equal([other]);
    });
  });
});
