import { expect } from 'chai';
import { mutate } from '../fuzz/mutate.js';
import { Random } from '../fuzz/random.js';
import { LIMIT_MS, readAny, slowestMs } from '../fuzz/subject.js';
import { subjectOf } from '../fuzz/subjects.js';
import { leastOf } from '../loop-blocks.js';

const SUBJECTS: readonly (readonly [title: string, name: string, inputs: number])[] = [
  ['The DICOM reader', 'dicom', 3000],
  ['The parsers of delivery logs', 'logs', 3000],
  ["The reader of what a site's own interpreter wrote", 'interpreter', 600],
];

/** The long run is `npm run fuzz` (docs/fuzzing-record.md). */
for (const [title, name, inputs] of SUBJECTS) {
  describe(`${title}, given files that are wrong in every way`, function () {
    this.timeout(120_000);
    const subject = subjectOf(name);

    it(`answers ${String(inputs)} mutated files, each with a result or a refusal in words`, async () => {
      const seeds = subject.seeds();
      const random = new Random(4);
      const counts = { read: 0, refused: 0 };
      let slowest = 0;
      for (let i = 0; i < inputs; i++) {
        const { bytes } = mutate(seeds, random, subject.mutations);
        const answers = await readAny(subject, bytes);
        // Read again where it took too long: the machine may have stood still meanwhile.
        const ms = await leastOf(LIMIT_MS, async (turn) =>
          slowestMs(turn === 0 ? answers : await readAny(subject, bytes)),
        );
        slowest = Math.max(slowest, ms);
        counts[Object.values(answers).some(({ outcome }) => outcome === 'read') ? 'read' : 'refused']++;
      }
      expect(slowest).to.be.below(LIMIT_MS);
      // Both must come about, or the mutations are too gentle or too rough to say anything.
      expect(Math.min(counts.read, counts.refused)).to.be.above(inputs / 50);
    });

    it('reads every seed, so that the mutations begin with something that is right', async () => {
      for (const seed of subject.seeds()) {
        const answers = Object.values(await readAny(subject, seed));
        expect(answers.map(({ outcome }) => outcome)).to.include('read');
      }
    });

    for (const [input, make] of Object.entries(subject.hostile)) {
      it(`answers ${input} in time`, async () => {
        const ms = await leastOf(LIMIT_MS, async () => slowestMs(await readAny(subject, make())));
        expect(ms).to.be.below(LIMIT_MS);
      });
    }
  });
}
