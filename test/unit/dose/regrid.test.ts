import { expect } from 'chai';
import { voxelCount, type Grid } from '../../../src/domain/grid.js';
import { Regrid } from '../../../src/dose/regrid.js';

describe('dose brought onto another grid', () => {
  const onto = (from: Grid, to: Grid, doseAt: (index: number) => number): Float32Array => {
    const values = new Float32Array(voxelCount(to));
    const regrid = new Regrid(from, to, values);
    const plane = from.size[0] * from.size[1];
    for (let k = 0; k < from.size[2]; k++) {
      regrid.add(
        k,
        Float64Array.from({ length: plane }, (_, i) => doseAt(k * plane + i)),
      );
    }
    return values;
  };
  const grid = (originMm: Grid['originMm'], spacingMm: Grid['spacingMm'], size: Grid['size']): Grid => ({ originMm, spacingMm, size }); // prettier-ignore

  it('is unchanged where the grids are one', () => {
    const same = grid([0.1, -7.3, 4], [0.9765625, 0.9765625, 2.5], [5, 4, 3]);
    const dose = onto(same, same, (i) => i);
    expect([...dose]).to.deep.equal(Array.from({ length: 60 }, (_, i) => i));
  });

  it('is the mean by volume where target voxels hold several', () => {
    const dose = onto(grid([0, 0, 0], [1, 1, 1], [4, 2, 2]), grid([0.5, 0.5, 0.5], [2, 2, 2], [2, 1, 1]), (i) => i % 4);
    expect([...dose]).to.deep.equal([0.5, 2.5]);
  });

  it('keeps the energy: the integral over a region that both cover is the same', () => {
    const from = grid([0.5, 0.5, 0.5], [1, 1, 1], [30, 20, 20]);
    const to = grid([1.25, 1.25, 1.25], [2.5, 2.5, 2.5], [12, 8, 8]);
    const doseAt = (i: number): number => ((i * 7919) % 97) / 97;
    const before = Array.from({ length: voxelCount(from) }, (_, i) => doseAt(i)).reduce((a, b) => a + b, 0);
    const after = onto(from, to, doseAt).reduce((a, b) => a + b, 0) * 2.5 ** 3;
    expect(after / before).to.be.closeTo(1, 1e-6);
  });

  it('leaves out columns that the target does not have, and is 0 outside the source', () => {
    const from = grid([0, 0, 0], [2, 2, 2], [3, 1, 1]);
    expect([...onto(from, grid([0, 0, 0], [2, 2, 2], [2, 1, 1]), (i) => i + 1)]).to.deep.equal([1, 2]);
    expect([...onto(from, grid([4, 0, 0], [2, 2, 2], [3, 1, 1]), (i) => i + 1)]).to.deep.equal([3, 0, 0]);
  });
});
