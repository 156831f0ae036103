import { expect } from 'chai';
import fc from 'fast-check';
import { parsePlan } from '../../src/adapters/dicom/reading/plan-parser.js';
import { CaseError } from '../../src/domain/errors.js';
import { dicomFile } from '../builders/dicom-bytes.js';
import type { RawEncoding } from '../builders/dicom-bytes.js';
import { rawIonPlan } from '../builders/raw-ion-plan.js';

const ENCODINGS: readonly RawEncoding[] = ['implicit-little', 'explicit-little', 'explicit-big', 'deflated'];
const shape = fc.record({
  encoding: fc.constantFrom(...ENCODINGS),
  undefinedLengths: fc.boolean(),
  preamble: fc.constant(true),
  meta: fc.constantFrom('right-length' as const, 'wrong-length' as const, 'no-length' as const),
});
const float32 = (min: number, max: number) => fc.float({ min, max, noNaN: true, noDefaultInfinity: true });
const spot = fc.record({ x: float32(-200, 200), y: float32(-200, 200), weight: float32(0, 100) });
const layer = fc.record({
  energyMeV: fc.integer({ min: 7000, max: 23000 }).map((tens) => tens / 100),
  spots: fc.array(spot, { minLength: 1, maxLength: 12 }),
});
const beam = fc.record({
  number: fc.integer({ min: 0, max: 99 }),
  meterset: fc.integer({ min: 1, max: 1_000_000 }).map((n) => n / 100),
  layers: fc.array(layer, { minLength: 1, maxLength: 4 }),
  unpaired: fc.boolean(),
});
const beams = fc.uniqueArray(beam, { minLength: 1, maxLength: 3, selector: ({ number }) => number }).filter((all) =>
  // A beam needs weight, and one whose sum vanishes in a decimal string has none.
  all.every(({ layers }) => layers.flatMap(({ spots }) => spots).reduce((sum, { weight }) => sum + weight, 0) > 1e-3),
);

describe('Any RT Ion Plan, in any shape of file', () => {
  it('is read back with every energy, spot and MU it was written with', async () => {
    await fc.assert(
      fc.asyncProperty(beams, shape, async (written, how) => {
        const plan = await parsePlan(dicomFile(rawIonPlan({ beams: written }), how));
        expect(plan.beams.map((one) => one.beamNumber)).to.deep.equal(written.map(({ number }) => number));
        plan.beams.forEach((read, i) => {
          const { layers, meterset } = written[i]!;
          const carrying = layers.filter(({ spots }) => spots.some(({ weight }) => weight > 0));
          const total = layers.flatMap(({ spots }) => spots).reduce((sum, { weight }) => sum + weight, 0);
          expect(read.meterset).to.equal(meterset);
          expect(read.layers.map((one) => one.energyMeV)).to.deep.equal(carrying.map(({ energyMeV }) => energyMeV));
          read.layers.forEach((one, k) => {
            const { spots } = carrying[k]!;
            expect(one.xMm).to.deep.equal(spots.map(({ x }) => x));
            expect(one.yMm).to.deep.equal(spots.map(({ y }) => y));
            spots.forEach(({ weight }, s) =>
              expect(one.meterset[s]).to.be.closeTo((weight * meterset) / total, 1e-9 * meterset),
            );
          });
        });
      }),
      { numRuns: 60 },
    );
  });

  for (const encoding of ENCODINGS) {
    for (const undefinedLengths of [false, true]) {
      const name = `${encoding}${undefinedLengths ? ', undefined lengths' : ''}`;
      it(`cut off at each of 50 places is refused with a reason, or whole up to what is not needed (${name})`, async () => {
        const bytes = dicomFile(rawIonPlan({ beams: [{ number: 1 }, { number: 2 }] }), { encoding, undefinedLengths });
        const whole = await parsePlan(bytes);
        for (let part = 0; part < 50; part++) {
          await expectTypedOrWhole(bytes.subarray(0, Math.floor((bytes.length * part) / 50)), whole.beams);
        }
      });
    }
  }

  it('with any bytes changed is refused with a reason, or read', async () => {
    const bytes = dicomFile(rawIonPlan(), { encoding: 'implicit-little', undefinedLengths: true });
    const change = fc.tuple(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const damaged = Buffer.from(bytes);
        for (const [at, byte] of changes) damaged[at] = byte;
        await expectTypedOrWhole(damaged, null);
      }),
      { numRuns: 500 },
    );
  });

  it('made of any bytes at all is refused with a reason', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), fc.boolean(), async (noise, preamble) => {
        const head = preamble ? Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]) : Buffer.alloc(0);
        const error = await parsePlan(Buffer.concat([head, noise])).catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(CaseError).with.property('severity', 'input');
      }),
      { numRuns: 500 },
    );
  });
});

/** A cut behind the last beam loses nothing the calculation needs; any other must be told. */
async function expectTypedOrWhole(bytes: Buffer, beams: unknown): Promise<void> {
  const outcome = await parsePlan(bytes).catch((thrown: unknown) => thrown);
  if (outcome instanceof CaseError) expect(outcome.severity).to.equal('input');
  else if (outcome instanceof Error) throw outcome;
  else if (beams !== null) expect(outcome).to.have.property('beams').that.deep.equals(beams);
}
