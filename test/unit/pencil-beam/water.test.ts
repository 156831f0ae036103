import { expect } from 'chai';
import { rangeMm } from '../../../src/dose/proton-range.js';
import { sigmaInWaterMm } from '../../../src/dose/scattering.js';
import { aBeamInput, aBeamModel, aLayer, aPhantom } from '../../builders/a-pencil-beam-job.js';
import {
  distal80,
  doseOf,
  energyMeV,
  largest,
  maximum,
  planeSums,
  spread,
  valueAt,
} from '../../builders/dose-figures.js';

const PSTAR_MM = { 70: 40.8, 100: 77.2, 150: 157.7, 200: 259.6, 230: 329.5 };

describe('Pencil beam in water', () => {
  for (const [energy, range] of Object.entries(PSTAR_MM)) {
    for (const spacing of [1, 2, 3]) {
      it(`${energy} MeV falls to 80 % within 0.5 mm of the PSTAR range, in ${String(spacing)} mm voxels`, async () => {
        const geometry = aPhantom([-48, 0, -48], [48, 360, 48], spacing);
        const beam = aBeamInput({ isocentreMm: [0, 0, 0], layers: [aLayer({ energyMeV: Number(energy) })] });
        const planes = planeSums(await doseOf(beam, geometry), geometry.doseGrid, 1);
        expect(distal80(planes) * spacing).to.be.closeTo(range, 0.5);
      });
    }
  }

  describe('of 150 MeV with 0.6 % spread, in 3 mm voxels', () => {
    const geometry = aPhantom([-48, 0, -48], [48, 210, 48], 3);

    it('has a plane dose with 4.3 +- 0.3 from peak to entrance', async () => {
      const planes = planeSums(await doseOf(aBeamInput(), geometry), geometry.doseGrid, 1);
      const peak = largest(planes);
      expect(planes[peak]! / planes[0]!).to.be.closeTo(4.3, 0.3);
      expect((peak + 0.5) * 3).to.be.closeTo(154.5, 3);
    });

    it('leaves 0.96 +- 0.03 of the energy sent in the water', async () => {
      const left = energyMeV(await doseOf(aBeamInput(), geometry), geometry.doseGrid);
      expect(left / (1e9 * 150)).to.be.closeTo(0.96, 0.03);
    });

    for (const sigma of [0.7, 1.5, 3, 8]) {
      for (const off of [0, 0.75, 1.5]) {
        it(`keeps that energy for a spot of sigma ${String(sigma)} mm, ${String(off)} mm beside voxel centres`, async () => {
          const entry = { ...aBeamModel().table[1]!, sigmaAtIsocentreMm: [sigma, sigma] as const };
          const beam = aBeamInput({ layers: [aLayer({ xMm: [off], yMm: [-off] })] });
          const left = energyMeV(
            await doseOf(beam, geometry, { beamModel: aBeamModel({ table: [entry] }) }),
            geometry.doseGrid,
          );
          expect(left / (1e9 * 150)).to.be.closeTo(0.958, 0.005);
        });
      }
    }
  });

  it('spreads a spot to the sigma in air and that of scattering, in quadrature with the voxel', async () => {
    const geometry = aPhantom([-40, 0, -40], [40, 180, 40], 2);
    const dose = await doseOf(aBeamInput(), geometry);
    for (const part of [0.1, 0.5, 0.9]) {
      const y = Math.round((part * rangeMm(150)) / 2);
      const across = Array.from({ length: 40 }, (_, x) => valueAt(dose, geometry.doseGrid, [x, y, 20]));
      const expected = Math.hypot(4, sigmaInWaterMm(150, (y + 0.5) * 2), 2 / Math.sqrt(12));
      expect((spread(across).sigma * 2) / expected).to.be.closeTo(1, 0.01);
    }
  });

  it('gives a broad field the dose that fluence times stopping power is', async () => {
    // 5 mm raster of 9 x 9 spots of 1e8 protons: 1e8 / 25 mm2 in the middle, times about 0.63 MeV/mm at the surface.
    const raster = [-20, -15, -10, -5, 0, 5, 10, 15, 20];
    const spots = raster.flatMap((x) => raster.map((y) => [x, y] as const));
    const layer = aLayer({
      xMm: spots.map(([x]) => x),
      yMm: spots.map(([, y]) => y),
      protons: spots.map(() => 1e8),
    });
    const geometry = aPhantom([-40, 0, -40], [40, 20, 40], 2);
    const beam = aBeamInput({ layers: [layer], virtualSadMm: [1e6, 1e6] });
    const dose = await doseOf(beam, geometry);
    const expected = (1e8 / 25) * 0.629 * 1.602_176_634e-13 * 1e6;
    expect(valueAt(dose, geometry.doseGrid, [20, 0, 20]) / expected).to.be.closeTo(1, 0.01);
  });

  it('narrows towards the source: a spot beside the axis runs away from it', async () => {
    const geometry = aPhantom([-20, -200, -40], [100, 200, 40], 2);
    const layer = aLayer({ energyMeV: 230, xMm: [60] });
    const dose = await doseOf(aBeamInput({ layers: [layer], virtualSadMm: [1000, 2000] }), geometry);
    const middleMm = (y: number): number => {
      const across = Array.from({ length: 60 }, (_, x) => valueAt(dose, geometry.doseGrid, [x, y, 20]));
      return -20 + (spread(across).mean + 0.5) * 2;
    };
    expect(middleMm(0)).to.be.closeTo(60 * (1 - 199 / 1000), 0.3);
    expect(middleMm(100)).to.be.closeTo(60 * (1 + 1 / 1000), 0.3);
  });

  it("takes the plan's spot size (FWHM) before the beam model's", async () => {
    const geometry = aPhantom([-40, 0, -40], [40, 20, 40], 2);
    const layer = aLayer({ spotSizeFwhmMm: [14.13, 18.84] });
    const dose = await doseOf(aBeamInput({ layers: [layer] }), geometry);
    const [width, , depth] = geometry.doseGrid.size;
    const alongX = Array.from({ length: width }, (_, x) => valueAt(dose, geometry.doseGrid, [x, 0, 20]));
    const alongZ = Array.from({ length: depth }, (_, z) => valueAt(dose, geometry.doseGrid, [20, 0, z]));
    expect(spread(alongX).sigma * 2).to.be.closeTo(6, 0.1);
    expect(spread(alongZ).sigma * 2).to.be.closeTo(8, 0.1);
  });

  it('is shortened by the water of a range shifter and widened by its scatter over the air gap', async () => {
    const geometry = aPhantom([-80, 0, -80], [80, 140, 80], 2);
    const shifter = { number: 1, id: 'RS', waterEquivalentThicknessMm: 57, isocentreDistanceMm: 200 };
    const dose = await doseOf(aBeamInput({ rangeShifters: [shifter] }), geometry);
    const planes = planeSums(dose, geometry.doseGrid, 1);
    expect(distal80(planes) * 2).to.be.closeTo(157.7 - 57, 0.5);
    const across = Array.from({ length: 80 }, (_, x) => valueAt(dose, geometry.doseGrid, [x, 0, 40]));
    // Highland (PDG form, 14.1 MeV): 57 mm of water scatter 150 MeV, pv 250 MeV midway, by 20.4 mrad; from the slab's middle
    // it is 229 mm to the first voxel: 4.7 mm.
    const angle = (14.1 / 250) * Math.sqrt(57 / 360.8) * (1 + Math.log10(57 / 360.8) / 9);
    expect((spread(across).sigma * 2) / Math.hypot(4, angle * 229)).to.be.closeTo(1, 0.03);
  });

  it('takes the snout position for a range shifter without a place of its own', async () => {
    const geometry = aPhantom([-80, 0, -80], [80, 140, 80], 4);
    const at = { number: 1, id: 'RS', waterEquivalentThicknessMm: 57, isocentreDistanceMm: 200 };
    const own = await doseOf(aBeamInput({ rangeShifters: [at] }), geometry);
    const onSnout = { rangeShifters: [{ ...at, isocentreDistanceMm: null }], snoutPositionMm: 200 };
    expect(await doseOf(aBeamInput(onSnout), geometry)).to.deep.equal(own);
  });

  it('has no dose where the dose grid leaves the water', async () => {
    const inner = aPhantom([-20, 0, -20], [20, 100, 20], 4);
    const outer = aPhantom([-40, -20, -40], [40, 120, 40], 4);
    const geometry = { ...inner, doseGrid: outer.doseGrid };
    const planes = planeSums(await doseOf(aBeamInput(), geometry), geometry.doseGrid, 1);
    expect([...planes].map((sum) => sum > 0)).to.deep.equal([...planes].map((_, y) => y >= 5 && y < 30));
  });

  it('gives no dose when all protons stop in the range shifter, or the grid lies before the water', async () => {
    const geometry = aPhantom([-20, 0, -20], [20, 100, 20], 4);
    const thick = { number: 1, id: 'RS', waterEquivalentThicknessMm: 200, isocentreDistanceMm: 200 };
    expect(maximum(await doseOf(aBeamInput({ rangeShifters: [thick] }), geometry))).to.equal(0);
    const before = { ...geometry, doseGrid: aPhantom([-20, -100, -20], [20, -50, 20], 5).doseGrid };
    expect(maximum(await doseOf(aBeamInput(), before))).to.equal(0);
  });
});
