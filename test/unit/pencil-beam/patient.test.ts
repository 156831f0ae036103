import { expect } from 'chai';
import type { PatientPosition } from '../../../src/domain/beam-input.js';
import type { Geometry } from '../../../src/domain/geometry.js';
import type { Vec3 } from '../../../src/domain/vector.js';
import type { Medium } from '../../../src/dose/ray-trace.js';
import { rspTable } from '../../../src/dose/rsp-table.js';
import { aBeamInput, aBeamModel, aLayer, aPhantom, gridBetween } from '../../builders/a-pencil-beam-job.js';
import {
  ctOf,
  distal80,
  doseOf,
  energyMeV,
  largest,
  maximum,
  planeSums,
  valueAt,
} from '../../builders/dose-figures.js';

const HU_TO_RSP = [
  [-1000, 0.001],
  [0, 1],
  [1000, 1.6],
] as const;

function aCt(
  minMm: Vec3,
  maxMm: Vec3,
  spacing: number,
  huAt: (place: Vec3) => number,
): { geometry: Geometry; medium: Medium } {
  const grid = gridBetween(minMm, maxMm, spacing);
  const geometry = { ...aPhantom(minMm, maxMm, spacing), kind: 'ct', phantom: null, huToRsp: HU_TO_RSP } as const;
  return { geometry, medium: { grid, hu: ctOf(grid, huAt), rspByHu: rspTable(HU_TO_RSP) } };
}

describe('Beam through the patient', () => {
  /** Side of the cube on which the beam enters: axis and sign, in patient coordinates. */
  const entries: readonly (readonly [PatientPosition, number, number, 0 | 1 | 2, 1 | -1])[] = [
    ['HFS', 0, 0, 1, -1],
    ['HFS', 90, 0, 0, 1],
    ['HFS', 180, 0, 1, 1],
    ['HFS', 270, 0, 0, -1],
    ['HFP', 0, 0, 1, 1],
    ['HFP', 90, 0, 0, -1],
    ['FFS', 90, 0, 0, -1],
    ['FFP', 90, 0, 0, 1],
    ['FFP', 0, 0, 1, 1],
    ['HFS', 90, 90, 2, -1],
    ['HFS', 270, 90, 2, 1],
  ];
  for (const [position, gantry, couch, axis, sign] of entries) {
    it(`enters at ${sign > 0 ? '+' : '-'}${'xyz'[axis]!} for ${position}, gantry ${String(gantry)}, couch ${String(couch)}`, async () => {
      const geometry = aPhantom([-60, -60, -60], [60, 60, 60], 4);
      const beam = aBeamInput({
        patientPosition: position,
        gantryAngleDeg: gantry,
        couchAngleDeg: couch,
        layers: [aLayer({ energyMeV: 100 })],
      });
      const planes = planeSums(await doseOf(beam, geometry), geometry.doseGrid, axis);
      const fromEntry = sign < 0 ? planes : planes.toReversed();
      expect((largest(fromEntry) + 0.5) * 4).to.be.closeTo(76, 4);
      expect(fromEntry[0]).to.be.above(0);
      expect(fromEntry[fromEntry.length - 1]).to.equal(0);
    });
  }

  it('turns a phantom to the beam: gantry, couch and position are not looked at', async () => {
    const set = aPhantom([-40, -40, -40], [40, 60, 40], 4, { setToBeam: true });
    const straight = await doseOf(aBeamInput(), set);
    const turned = aBeamInput({ gantryAngleDeg: 77, couchAngleDeg: 12, patientPosition: 'FFP' });
    expect(await doseOf(turned, set)).to.deep.equal(straight);
  });

  it("puts spots at gantry x and y: for HFS from above to the patient's left and to the head", async () => {
    const geometry = aPhantom([-60, 0, -60], [60, 40, 60], 4);
    const dose = await doseOf(aBeamInput({ layers: [aLayer({ xMm: [30], yMm: [-18] })] }), geometry);
    expect(-60 + (largest(planeSums(dose, geometry.doseGrid, 0)) + 0.5) * 4).to.be.closeTo(30, 2.1);
    expect(-60 + (largest(planeSums(dose, geometry.doseGrid, 2)) + 0.5) * 4).to.be.closeTo(-18, 2.1);
  });

  it('is the same through a CT of water as through the water box', async () => {
    const { geometry, medium } = aCt([-40, 0, -40], [40, 200, 40], 2, () => 0);
    const inCt = await doseOf(aBeamInput(), geometry, { medium });
    const inBox = await doseOf(aBeamInput(), aPhantom([-40, 0, -40], [40, 200, 40], 2));
    const most = maximum(inBox);
    inCt.forEach((gy, i) => {
      if (Math.abs(gy - inBox[i]!) > 1e-4 * most) expect.fail(`voxel ${String(i)} differs`);
    });
  });

  it('is pulled back behind a slab of bone by its water-equivalent thickness, and only there', async () => {
    // Bone of stopping power 1.6, 20 mm thick, over the half with x > 0: 12 mm less range there.
    const bone = ([x, y]: Vec3): number => (x > 0 && y > 20 && y < 40 ? 1000 : 0);
    const { geometry, medium } = aCt([-60, 0, -40], [60, 200, 40], 2, bone);
    const xMm = [-30, -25, -20, -15, -10, -5, 0, 5, 10, 15, 20, 25, 30];
    const layer = aLayer({ xMm, yMm: xMm.map(() => 0), protons: xMm.map(() => 1e8) });
    const dose = await doseOf(aBeamInput({ layers: [layer] }), geometry, { medium });
    const alongDepth = (x: number): Float64Array =>
      Float64Array.from({ length: 100 }, (_, y) => valueAt(dose, geometry.doseGrid, [x, y, 20]));
    expect(distal80(alongDepth(15)) * 2).to.be.closeTo(157.7, 1);
    expect(distal80(alongDepth(45)) * 2).to.be.closeTo(157.7 - 12, 1);
  });

  it("splits one wide spot at the slab's edge into a short and a long half", async () => {
    const { geometry, medium } = aCt([-60, 0, -40], [60, 200, 40], 2, ([x, y]) =>
      x > 0 && y > 20 && y < 40 ? 1000 : 0,
    );
    const entry = { ...aBeamModel().table[1]!, sigmaAtIsocentreMm: [10, 10] as const };
    const dose = await doseOf(aBeamInput(), geometry, { medium, beamModel: aBeamModel({ table: [entry] }) });
    const peakAt = (x: number): number =>
      largest(Float64Array.from({ length: 100 }, (_, y) => valueAt(dose, geometry.doseGrid, [x, y, 20]))) * 2;
    expect(peakAt(22) - peakAt(38)).to.be.closeTo(12, 2.1);
  });

  it('reaches farther through lung, and spreads over the longer way', async () => {
    const lung = ([, y]: Vec3): number => (y > 20 && y < 100 ? -750 : 0);
    const { geometry, medium } = aCt([-60, 0, -60], [60, 240, 60], 2, lung);
    const inLung = await doseOf(aBeamInput(), geometry, { medium });
    const planes = planeSums(inLung, geometry.doseGrid, 1);
    const rsp = 0.001 + 0.25 * 0.999;
    expect(distal80(planes) * 2).to.be.closeTo(157.7 + 80 * (1 - rsp), 1);
    const water = aPhantom([-60, 0, -60], [60, 240, 60], 2);
    const inWater = await doseOf(aBeamInput(), water);
    expect(maximum(inLung)).to.be.below(0.9 * maximum(inWater));
  });

  it('keeps the energy when rays of different depth scatter into each other', async () => {
    const holes = ([x, y, z]: Vec3): number => ((Math.floor(x / 6) + Math.floor(z / 6)) % 2 === 0 && y < 30 ? 800 : 0);
    const { geometry, medium } = aCt([-60, 0, -60], [60, 200, 60], 2, holes);
    const left = energyMeV(await doseOf(aBeamInput(), geometry, { medium }), geometry.doseGrid);
    // Dose to water takes matter for water: the bone part counts 1 / 1.48 of its thickness.
    const box = energyMeV(await doseOf(aBeamInput(), aPhantom([-60, 0, -60], [60, 200, 60], 2)), geometry.doseGrid);
    expect(left / box).to.be.within(0.9, 1);
  });

  it('has dose in air inside the CT only where the table gives air a stopping power', async () => {
    const halfAir = ([, y]: Vec3): number => (y < 20 ? -1000 : 0);
    const { geometry, medium } = aCt([-40, 0, -40], [40, 100, 40], 4, halfAir);
    const vacuum = {
      ...medium,
      rspByHu: rspTable([
        [-1000, 0],
        [0, 1],
      ]),
    };
    expect(planeSums(await doseOf(aBeamInput(), geometry, { medium }), geometry.doseGrid, 1)[0]).to.be.above(0);
    expect(planeSums(await doseOf(aBeamInput(), geometry, { medium: vacuum }), geometry.doseGrid, 1)[0]).to.equal(0);
  });
});
