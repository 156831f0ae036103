import { expect } from 'chai';
import { voxelCount, type Grid } from '../../../src/domain/grid.js';
import type { Vec3 } from '../../../src/domain/vector.js';
import { beamLine, gridIndex, IntegralDose, placeOn, ValuesAtPlaces } from '../../../src/dose/beam-line.js';
import { beamAxes } from '../../../src/dose/coordinates.js';
import { distal80At, valueAt, waterDepths } from '../../../src/dose/depth-figures.js';

const grid: Grid = { originMm: [-9, -38, -19], spacingMm: [2, 4, 2], size: [10, 20, 20] };
const isocentre: Vec3 = [1, 2, 3];
const downwards: Vec3 = [0, 1, 0];

/** Planes of a dose that is a function of the place. */
function planes(on: Grid, dose: (place: Vec3) => number): readonly Float64Array[] {
  const [nx, ny, nz] = on.size;
  const at = (axis: 0 | 1 | 2, i: number): number => on.originMm[axis] + i * on.spacingMm[axis];
  return Array.from({ length: nz }, (_, k) =>
    Float64Array.from({ length: nx * ny }, (__, i) => dose([at(0, i % nx), at(1, Math.floor(i / nx)), at(2, k)])),
  );
}

describe('dose along a beam', () => {
  it('follows the axis from one outer face of the grid to the other, places counted from the isocentre', () => {
    const line = beamLine(grid, isocentre, downwards, 1);
    // The faces lie at y = -40 and 40, the isocentre at y = 2.
    expect([line.startMm, line.count]).to.deep.equal([-42, 81]);
    expect(placeOn(line, line.startMm)).to.deep.equal([1, -40, 3]);
  });

  it('has no places where the axis passes the grid by', () => {
    expect(beamLine(grid, [1, 2, 60], downwards, 1).count).to.equal(0);
    expect(beamLine(grid, [500, 0, 0], [Math.SQRT1_2, 0, Math.SQRT1_2], 1).count).to.equal(0);
  });

  it('goes through an oblique grid from face to face', () => {
    const line = beamLine(grid, [0, 0, 0], [Math.SQRT1_2, Math.SQRT1_2, 0], 0.5);
    const [first, last] = [placeOn(line, line.startMm), placeOn(line, line.startMm + (line.count - 1) * 0.5)];
    expect(gridIndex(grid, first)).to.not.equal(null);
    expect(gridIndex(grid, last)).to.not.equal(null);
    // x is the first face that is met: 10 mm to either side.
    expect(first[0]).to.be.within(-10, -9.6);
    expect(last[0]).to.be.within(9.6, 10);
  });

  it('reads a dose that rises evenly exactly, between voxels too', () => {
    const dose = ([x, y, z]: Vec3): number => 100 + x + 2 * y - 3 * z;
    const places: Vec3[] = [
      [0.3, -7.1, 4.9],
      [-9, -38, -19],
      [5.5, 11, -0.25],
    ];
    const values = new ValuesAtPlaces(grid, places);
    planes(grid, dose).forEach((plane, k) => {
      values.add(k, plane);
    });
    places.forEach((place, i) => expect(values.values[i]).to.be.closeTo(dose(place), 1e-9));
  });

  it('takes the outermost value up to the outer face, and nothing beyond it', () => {
    const values = new ValuesAtPlaces(
      grid,
      [
        [0, -39.9, 0],
        [0, -40.2, 0],
      ],
      -1000,
    );
    planes(grid, ([, y]) => y).forEach((plane, k) => {
      values.add(k, plane);
    });
    expect([...values.values]).to.deep.equal([-38, -1000]);
  });

  it('gives the sums over the planes of the grid for a beam along one of its axes', () => {
    const integral = new IntegralDose(grid, { direction: downwards, isocentreMm: isocentre });
    planes(grid, ([, y]) => (y === -38 ? 2 : y === 2 ? 5 : 0)).forEach((plane, k) => {
      integral.add(k, plane);
    });
    expect([integral.startMm, integral.stepMm]).to.deep.equal([-40, 4]);
    // 10 x 20 voxels of 2 mm x 2 mm across the beam: 8 cm2.
    const values = [...integral.values()];
    expect(values[0]).to.be.closeTo(16, 1e-9);
    expect(values[10]).to.be.closeTo(40, 1e-9);
    expect(values.filter((value) => value > 1e-9)).to.have.length(2);
  });

  for (const gantry of [0, 37, 90, 215, 270]) {
    it(`loses no dose across a beam at gantry ${String(gantry)}`, () => {
      const { z } = beamAxes(gantry, 12, 'HFS');
      const integral = new IntegralDose(grid, { direction: [-z[0], -z[1], -z[2]], isocentreMm: isocentre });
      planes(grid, () => 1).forEach((plane, k) => {
        integral.add(k, plane);
      });
      const sum = integral.values().reduce((all, value) => all + value, 0) * integral.stepMm * 100;
      expect(sum).to.be.closeTo(voxelCount(grid) * 2 * 4 * 2, 1e-6 * sum);
    });
  }

  it('finds the distal 80 % behind a plateau with ripple, between two places', () => {
    const values = Float64Array.of(0.5, 1, 0.75, 1, 0.9, 0.4, 0);
    expect(distal80At({ startMm: -10, stepMm: 2, values })).to.be.closeTo(-10 + 2 * 4.2, 1e-9);
  });

  it('finds no distal 80 % where the dose does not fall within the grid, or there is none', () => {
    expect(distal80At({ startMm: 0, stepMm: 1, values: Float64Array.of(1, 2, 3) })).to.equal(null);
    expect(distal80At({ startMm: 0, stepMm: 1, values: new Float64Array(5) })).to.equal(null);
  });

  it('reads a curve between its places, at its ends, and as nothing beyond them', () => {
    const curve = { startMm: 10, stepMm: 2, values: Float64Array.of(1, 3, 5) };
    expect([9.5, 10, 11, 14, 15, 15.1, 8.9].map((at) => valueAt(curve, at))).to.deep.equal([1, 1, 2, 5, 5, 0, 0]);
  });

  it('adds up water-equivalent depth through air, tissue and bone', () => {
    expect([...waterDepths([0, 1, 1, 1.5], 2)]).to.deep.equal([0, 1, 3, 5.5]);
  });
});
