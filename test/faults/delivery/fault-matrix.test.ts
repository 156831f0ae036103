import { expect } from 'chai';
import { tempFolder } from '../../temp-folder.js';
import { FAULT_PEERS } from './fault-peers.js';
import { broken } from './fault-table.js';
import { runFaults } from './run-faults.js';

/*
 * A short piece of the fault matrix, another one each time; the whole is in docs/delivery-record.md. DELIVERY_SEED repeats one.
 */
const FAULTS = 10;
const SEED = Number(process.env['DELIVERY_SEED'] ?? Date.now() % 1e9);

describe('deliveries that go wrong at random', () => {
  const temp = tempFolder();
  for (const [kind, { make, missing }] of Object.entries(FAULT_PEERS)) {
    it(`${kind}: nothing is missing, twice, or wrongly called delivered (seed ${String(SEED)})`, async function () {
      this.timeout(120_000);
      const why = missing();
      if (why !== null) {
        this.test!.title += ` (${why})`;
        return this.skip();
      }
      const peer = make();
      await peer.start();
      try {
        const results = await runFaults(peer, { count: FAULTS, seed: SEED, place: temp.path });
        expect(results.flatMap(broken)).to.deep.equal([]);
        expect(results.filter(({ struck }) => struck)).to.have.length.greaterThan(FAULTS / 2);
      } finally {
        await peer.end();
      }
    });
  }
});
