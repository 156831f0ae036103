import { expect } from 'chai';
import { dicomSeeds, HOSTILE } from '../fuzz/dicom-seeds.js';
import { mutate } from '../fuzz/mutate.js';
import { Random } from '../fuzz/random.js';
import { LIMIT_MS, readAny, slowestMs } from '../fuzz/read-any.js';

const INPUTS = 3000;

/** The long run is `npm run fuzz` (docs/fuzzing-record.md). */
describe('The DICOM reader, given files that are wrong in every way', () => {
  it(`answers ${String(INPUTS)} mutated files, each with an object or a refusal in words`, async () => {
    const seeds = dicomSeeds();
    const random = new Random(4);
    const counts = { read: 0, refused: 0 };
    let slowest = 0;
    for (let i = 0; i < INPUTS; i++) {
      const { bytes } = mutate(seeds, random);
      const answers = await readAny(bytes);
      slowest = Math.max(slowest, slowestMs(answers));
      counts[answers.header.outcome]++;
    }
    expect(slowest).to.be.below(LIMIT_MS);
    // Both must come about, or the mutations are too gentle or too rough to say anything.
    expect(Math.min(counts.read, counts.refused)).to.be.above(INPUTS / 10);
  });

  it('reads every seed, so that the mutations begin with something that is right', async () => {
    for (const seed of dicomSeeds()) expect((await readAny(seed)).header.outcome).to.equal('read');
  });

  for (const [name, make] of Object.entries(HOSTILE)) {
    it(`answers ${name} in time`, async () => {
      expect(slowestMs(await readAny(make()))).to.be.below(LIMIT_MS);
    });
  }
});
