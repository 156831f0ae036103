import { expect } from 'chai';
import fc from 'fast-check';
import type { BeamInput } from '../../src/domain/beam-input.js';
import { aBeamInput, aLayer, aPhantom } from '../builders/a-pencil-beam-job.js';
import { doseOf } from '../builders/dose-figures.js';

const cube = aPhantom([-60, -60, -60], [60, 60, 60], 4);
const spot = fc.record({
  energyMeV: fc.double({ min: 70, max: 130, noNaN: true }),
  x: fc.integer({ min: -25, max: 25 }),
  y: fc.integer({ min: -25, max: 25 }),
  protons: fc.integer({ min: 1e6, max: 1e9 }),
});

const beamOf = (
  spots: readonly { energyMeV: number; x: number; y: number; protons: number }[],
  change: Partial<BeamInput> = {},
): BeamInput =>
  aBeamInput({
    ...change,
    layers: spots.map(({ energyMeV, x, y, protons }) => aLayer({ energyMeV, xMm: [x], yMm: [y], protons: [protons] })),
  });

function expectSame(actual: ArrayLike<number>, wanted: ArrayLike<number>, part: number): void {
  let most = 0;
  for (let i = 0; i < wanted.length; i++) most = Math.max(most, wanted[i]!);
  let worst = 0;
  for (let i = 0; i < wanted.length; i++) worst = Math.max(worst, Math.abs(actual[i]! - wanted[i]!));
  expect(worst / most).to.be.below(part);
}

describe('Dose of a beam', () => {
  it('grows in proportion to the protons', async () => {
    await fc.assert(
      fc.asyncProperty(spot, fc.double({ min: 0.1, max: 50, noNaN: true }), async (one, factor) => {
        const single = await doseOf(beamOf([one]), cube);
        const more = await doseOf(beamOf([{ ...one, protons: one.protons * factor }]), cube);
        expectSame(
          more,
          single.map((gy) => gy * factor),
          1e-5,
        );
      }),
      { numRuns: 3, seed: 1, endOnFailure: true },
    );
  });

  it('is the sum of the doses of its spots', async () => {
    await fc.assert(
      fc.asyncProperty(spot, spot, async (one, other) => {
        const both = await doseOf(beamOf([one, other]), cube);
        const [first, second] = [await doseOf(beamOf([one]), cube), await doseOf(beamOf([other]), cube)];
        // Two spots need another raster than one: equal within what reading off a raster costs.
        expectSame(
          both,
          first.map((gy, i) => gy + second[i]!),
          0.03,
        );
      }),
      { numRuns: 3, seed: 2, endOnFailure: true },
    );
  });

  it('turns with the gantry: at 90 degrees it is the dose at 0 turned by 90 degrees', async () => {
    await fc.assert(
      fc.asyncProperty(spot, async (one) => {
        const above = await doseOf(beamOf([one]), cube);
        const left = await doseOf(beamOf([one], { gantryAngleDeg: 90 }), cube);
        // From -y to +x: what was at (x, y) is now at (-y, x).
        const turned = above.map((_, i) => {
          const [x, y, z] = [i % 30, Math.floor(i / 30) % 30, Math.floor(i / 900)];
          return above[z * 900 + (29 - x) * 30 + y]!;
        });
        expectSame(left, turned, 1e-5);
      }),
      { numRuns: 2, seed: 3, endOnFailure: true },
    );
  });

  it('is the same for a gantry at 0 with any couch angle and the spots turned back', async () => {
    await fc.assert(
      fc.asyncProperty(spot, fc.constantFrom(90, 180, 270), async (one, couch) => {
        const straight = await doseOf(beamOf([one], { virtualSadMm: [2000, 2000] }), cube);
        const [sin, cos] = [
          Math.round(Math.sin((couch * Math.PI) / 180)),
          Math.round(Math.cos((couch * Math.PI) / 180)),
        ];
        const back = { ...one, x: one.x * cos - one.y * sin, y: one.x * sin + one.y * cos };
        expectSame(
          await doseOf(beamOf([back], { couchAngleDeg: couch, virtualSadMm: [2000, 2000] }), cube),
          straight,
          1e-4,
        );
      }),
      { numRuns: 3, seed: 4, endOnFailure: true },
    );
  });

  it('moves with isocentre and phantom together', async () => {
    const shift = (mm: readonly [number, number, number]): readonly [number, number, number] => [
      mm[0] + 13,
      mm[1] - 7,
      mm[2] + 101,
    ];
    const moved = {
      ...cube,
      doseGrid: { ...cube.doseGrid, originMm: shift(cube.doseGrid.originMm) },
      phantom: { minMm: shift(cube.phantom!.minMm), maxMm: shift(cube.phantom!.maxMm) },
    };
    await fc.assert(
      fc.asyncProperty(spot, async (one) => {
        const angle = { gantryAngleDeg: 33, couchAngleDeg: 350 };
        expectSame(
          await doseOf(beamOf([one], { ...angle, isocentreMm: shift([0, 0, 0]) }), moved),
          await doseOf(beamOf([one], angle), cube),
          1e-4,
        );
      }),
      { numRuns: 2, seed: 5, endOnFailure: true },
    );
  });

  it('keeps its energy and its depth at any gantry and couch angle', async () => {
    const sphereless = aPhantom([-90, -90, -90], [90, 90, 90], 3);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 359 }), fc.integer({ min: 0, max: 359 }), async (gantry, couch) => {
        const one = { energyMeV: 120, x: 0, y: 0, protons: 1e9 };
        const dose = await doseOf(beamOf([one], { gantryAngleDeg: gantry, couchAngleDeg: couch }), sphereless);
        const energy = dose.reduce((sum, gy) => sum + gy, 0) * 27e-6;
        expect(energy / 1.602_176_634e-13 / (1e9 * 120)).to.be.closeTo(0.97, 0.02);
      }),
      { numRuns: 3, seed: 6, endOnFailure: true },
    );
  });
});
