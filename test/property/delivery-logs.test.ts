import { expect } from 'chai';
import fc from 'fast-check';
import { parsePlanInfo } from '../../src/adapters/deliveries/plan-info.js';
import { parsePlanRange } from '../../src/adapters/deliveries/plan-range.js';
import { parseScanRows } from '../../src/adapters/deliveries/scan-rows.js';
import { deliveredSpots } from '../../src/domain/delivered-spots.js';
import { CaseError } from '../../src/domain/errors.js';
import { NearestPoint } from '../../src/domain/nearest-point.js';
import { aDeliveryLog, TYPICAL_CALIBRATION } from '../builders/a-delivery-log.js';

const { files, folders, phantom } = aDeliveryLog();
const fileOf = (name: string): Buffer => files.get(`${folders[0]!}/${name}`)!;
const LAYER = { layerNumber: 1, monitorRangeFactor: 1 };
const SCAN = '02_0001_001_001_001.ptn';
const scan = (bytes: Uint8Array): void => {
  const { spots, countsBeamOff } = deliveredSpots(parseScanRows(SCAN, bytes, LAYER, TYPICAL_CALIBRATION), 1);
  const counts = spots.reduce((sum, spot) => sum + spot.counts, countsBeamOff);
  let written = 0;
  for (let at = 8; at < bytes.length; at += 16) written += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  expect(counts).to.be.closeTo(written, 1e-6 * written);
};
const PARSERS: readonly [string, (bytes: Uint8Array) => unknown][] = [
  ['PlanInfo.txt', parsePlanInfo],
  ['PlanRange.txt', parsePlanRange],
  [SCAN, scan],
];

/** Bytes changed, cut out, doubled, cut off. */
function mutated(original: Buffer): fc.Arbitrary<Buffer> {
  const at = fc.nat({ max: original.length });
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), at, value: fc.integer({ min: 0, max: 255 }), length: fc.constant(1) }),
    fc.record({
      do: fc.constantFrom('drop' as const, 'double' as const, 'cut' as const),
      at,
      value: fc.constant(0),
      length: fc.nat({ max: 40 }),
    }),
  );
  return fc.array(step, { minLength: 1, maxLength: 6 }).map((steps) =>
    steps.reduce((bytes, one) => {
      const [head, rest] = [bytes.subarray(0, one.at), bytes.subarray(one.at)];
      switch (one.do) {
        case 'set':
          return Buffer.concat([head, Buffer.from([one.value]), rest.subarray(1)]);
        case 'drop':
          return Buffer.concat([head, rest.subarray(one.length)]);
        case 'double':
          return Buffer.concat([head, rest.subarray(0, one.length), rest]);
        case 'cut':
          return head;
      }
    }, original),
  );
}

/** Read, or refused by the name of the file with a remedy and without the patient. */
function expectTypedOrRead(name: string, parse: (bytes: Uint8Array) => unknown, bytes: Uint8Array): void {
  try {
    parse(bytes);
  } catch (thrown) {
    if (!(thrown instanceof CaseError)) throw thrown;
    expect(thrown.severity).to.equal('input');
    expect(thrown.message.startsWith(`${name}: `), thrown.message).to.be.true;
    expect(thrown.message).not.to.contain(phantom.patientId);
    expect(thrown.remedy).not.to.equal('');
  }
}

describe('Any delivery log', () => {
  for (const [name, parse] of PARSERS) {
    it(`${name} with bytes changed, dropped, doubled or cut off is read, or refused with a reason`, () => {
      fc.assert(
        fc.property(mutated(fileOf(name)), (bytes) => {
          expectTypedOrRead(name, parse, bytes);
        }),
        { numRuns: 2000 },
      );
    });

    it(`${name} of any bytes at all is read, or refused with a reason`, () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
          expectTypedOrRead(name, parse, bytes);
        }),
        { numRuns: 1000 },
      );
    });
  }

  it('.ptn is read back with every count it was written with, to mm by offset and gain', () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word, word, word, word, word), { minLength: 1 }), (rows) => {
        // One byte more in front: the rows may lie at any address.
        const bytes = Buffer.alloc(1 + rows.length * 16);
        rows.forEach(([x, y, xSize, ySize, dose1, flags], row) => {
          [x, y, xSize, ySize, dose1, 0, 1, flags].forEach((value, k) =>
            bytes.writeUInt16BE(value, 1 + row * 16 + k * 2),
          );
        });
        const layer = { layerNumber: 1, monitorRangeFactor: 2.978723404 };
        const read = parseScanRows(SCAN, bytes.subarray(1), layer, TYPICAL_CALIBRATION);
        rows.forEach(([x, y, xSize, ySize, dose1, flags], row) => {
          expect(read.xMm[row]).to.be.closeTo((x - 16_384) * 0.010959, 1e-4);
          expect(read.yMm[row]).to.be.closeTo((y - 16_384) * 0.0116412, 1e-4);
          expect(read.xSizeMm[row]).to.be.closeTo(xSize * 0.010959, 1e-4);
          expect(read.ySizeMm[row]).to.be.closeTo(ySize * 0.0116412, 1e-4);
          expect(read.counts[row]).to.be.closeTo(dose1 * 2.978723404, 0.01);
          expect(read.flags[row]).to.equal(flags);
        });
      }),
    );
  });
});

describe('The nearest planned spot', () => {
  it('is the one that a search of all would find, also where many spots share a place or a line', () => {
    const coordinate = fc.integer({ min: -5, max: 5 });
    const points = fc.array(fc.tuple(coordinate, coordinate), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(
        points,
        fc.float({ min: -9, max: 9, noNaN: true }),
        fc.float({ min: -9, max: 9, noNaN: true }),
        (all, x, y) => {
          const tree = new NearestPoint(
            all.map(([px]) => px),
            all.map(([, py]) => py),
          );
          const least = Math.min(...all.map(([px, py]) => Math.hypot(px - x, py - y)));
          expect(tree.distance(x, y)).to.be.closeTo(least, 1e-12);
        },
      ),
    );
    expect(new NearestPoint([], []).distance(0, 0)).to.equal(null);
  });
});
