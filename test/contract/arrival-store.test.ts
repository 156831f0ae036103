import { expect } from 'chai';
import { onAllStores } from '../test-databases.js';

const lung = { inbox: '', folder: 'lung', files: 812, bytes: 3_100_000_000, lastChangeAt: 1_760_000_000_000 };
const head = { inbox: '', folder: 'head', files: 0, bytes: 0, lastChangeAt: 1_760_000_000_001 };

describe('arrival store', () => {
  onAllStores((stores) => {
    it('shows the folders that arrive, by name, also those larger than 2 GiB', async () => {
      await stores().arrivals.replace([lung, head]);
      expect(await stores().queries.arriving()).to.deep.equal([head, lung]);
    });

    it('forgets those that are no longer among them', async () => {
      await stores().arrivals.replace([lung, head]);
      await stores().arrivals.replace([head]);
      expect(await stores().queries.arriving()).to.deep.equal([head]);
      await stores().arrivals.replace([]);
      expect(await stores().queries.arriving()).to.deep.equal([]);
    });

    it('keeps folders of one name in two inboxes apart', async () => {
      const there = { ...head, inbox: 'research', files: 3 };
      await stores().arrivals.replace([there, head]);
      expect(await stores().queries.arriving()).to.deep.equal([head, there]);
    });

    it('takes more folders than one statement holds', async () => {
      const many = Array.from({ length: 2_500 }, (_, i) => ({ ...head, folder: String(i).padStart(5, '0') }));
      await stores().arrivals.replace(many);
      expect(await stores().queries.arriving()).to.deep.equal(many);
    });
  });
});
