import { expect } from 'chai';
import { madeInputs, type MadeInputs } from './made-inputs.js';
import { randomKills, VICTIMS } from './random-kills.js';

/*
 * A short run of what `node scripts/durability-record.mjs` does with 300 kills (docs/durability-record.md). The instants
 * are of the seed; what they meet differs from run to run.
 */
const SEED = 20261123;
const KILLS = { service: 8, engine: 12, both: 6 };

describe('services and engines, killed at random instants', function () {
  this.timeout(300_000);
  let made: MadeInputs;
  before(async () => {
    made = await madeInputs(3);
  });
  after(() => {
    made.remove();
  });

  for (const victim of VICTIMS) {
    const who = victim === 'both' ? 'service and engines' : `the ${victim}`;
    it(`no case is lost and nothing is done twice when ${who} is killed again and again (seed ${String(SEED)})`, async () => {
      const size = { cases: 4, beams: 3, engineSeconds: 1 };
      const result = await randomKills(made, { victim, kills: KILLS[victim], seed: SEED, ...size });
      const { losses, duplicates, wrongs } = result;
      expect({ losses, duplicates, wrongs }).to.deep.equal({ losses: [], duplicates: [], wrongs: [] });
      expect(result.serviceKills + result.engineKills).to.be.greaterThanOrEqual(KILLS[victim]);
    });
  }
});
