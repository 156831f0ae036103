import { expect } from 'chai';
import { ctGeometry, phantomGeometry } from '../../../src/domain/geometry-choice.js';
import type { Grid } from '../../../src/domain/grid.js';

const CT: Grid = { originMm: [-10, -20, 5], spacingMm: [1, 1, 3], size: [100, 60, 40] };
const over = (doseSpacingMm: number | readonly [number, number, number] | null, ctGrid = CT): Grid =>
  ctGeometry({ frameOfReferenceUid: '1', ctGrid, ctPath: '/ct.mha', huToRsp: [[0, 1]], doseSpacingMm }).doseGrid;

describe('Geometry of a calculation', () => {
  it('puts a water box in front of the isocentre plane, its axis on the beam, set to the beam', () => {
    const geometry = phantomGeometry('1.2', [10, 20, 30], { sizeMm: [300, 200, 400], spacingMm: 2 });
    expect(geometry.phantom).to.deep.equal({ minMm: [-140, 20, -70], maxMm: [160, 420, 130] });
    expect(geometry.doseGrid).to.deep.equal({ originMm: [-139, 21, -69], spacingMm: [2, 2, 2], size: [150, 200, 100] });
    expect([geometry.kind, geometry.setToBeam, geometry.ctPath, geometry.huToRsp]).to.deep.equal([
      'water-phantom',
      true,
      null,
      null,
    ]);
  });

  it('covers the whole CT with dose voxels of at least 2 mm, from the same outer face', () => {
    expect(over(null)).to.deep.equal({ originMm: [-9.5, -19.5, 5], spacingMm: [2, 2, 3], size: [50, 30, 40] });
  });

  it('takes the configured spacing, one for all axes or one each', () => {
    expect(over(1)).to.deep.equal({ originMm: [-10, -20, 4], spacingMm: [1, 1, 1], size: [100, 60, 120] });
    expect(over([4, 2, 3]).size).to.deep.equal([25, 30, 40]);
  });

  it('keeps every dose voxel’s centre inside the CT where the spacing does not divide it', () => {
    const odd: Grid = { originMm: [0, 0, 0], spacingMm: [0.9765625, 0.9765625, 2.5], size: [513, 511, 7] };
    const dose = over([2, 3, 4], odd);
    dose.size.forEach((size, axis) => {
      const last = (dose.originMm[axis] ?? NaN) + (size - 1) * (dose.spacingMm[axis] ?? NaN);
      const end = (odd.originMm[axis] ?? NaN) + ((odd.size[axis] ?? NaN) - 0.5) * (odd.spacingMm[axis] ?? NaN);
      expect(last).to.be.lessThan(end);
      expect(end - last).to.be.at.most((dose.spacingMm[axis] ?? NaN) * 1.0001);
    });
  });
});
