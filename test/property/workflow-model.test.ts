import { expect } from 'chai';
import fc from 'fast-check';
import sinon from 'sinon';
import { someCommands } from './model/commands.js';
import { Play, type Counts } from './model/play.js';

/** 2,000, in CI 5,000, or as MQI_MODEL_RUNS says; MQI_MODEL_SEED chooses other runs. */
const RUNS = Number(process.env['MQI_MODEL_RUNS'] ?? (process.env['CI'] === 'true' ? 5_000 : 2_000));
const SEED = Number(process.env['MQI_MODEL_SEED'] ?? 20_260);

describe('the workflow as a whole, under random commands, outcomes and crashes', () => {
  it(`keeps its promises in ${String(RUNS)} runs`, async function () {
    this.timeout(Math.max(60_000, RUNS * 60));
    const counts: Counts = {};
    const startedAt = performance.now();
    await fc.assert(
      fc.asyncProperty(fc.nat(2 ** 31 - 1), someCommands, async (seed, commands) => {
        const play = new Play(seed, counts);
        const jitter = sinon.stub(Math, 'random').callsFake(play.world.random); // so that a seed is one run
        try {
          expect(await play.run(commands)).to.deep.equal([]);
        } finally {
          jitter.restore();
        }
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: process.env['MQI_MODEL_SHRINK'] === undefined },
    );
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(
      `      model: ${String(RUNS)} runs, seed ${String(SEED)}, ${seconds} s: ${JSON.stringify(counts)}\n`,
    );
  });
});
