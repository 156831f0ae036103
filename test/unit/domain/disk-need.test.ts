import { expect } from 'chai';
import { diskNeed, hasRoom, roomWords } from '../../../src/domain/disk-need.js';
import { aCtSlice } from '../../builders/an-inventory.js';

const GIB = 2 ** 30;
const phantom = { sizeMm: [100, 100, 200] as const, spacingMm: 2 };
const none = { ctSlices: [], beams: 0, doseSpacingMm: null, phantom, copies: 0 };

describe('the room a case needs on the disk', () => {
  it('is the CT at 2 bytes a voxel, and the dose of each beam as the engine and as RT Dose write it', () => {
    const ctSlices = [0, 2, 4, 6].map((z) => aCtSlice(z, { rows: 100, columns: 50, pixelSpacingMm: [2, 2] }));
    const voxels = 50 * 100 * 4;
    const perBeam = voxels * (8 + 4) + 8 * 2 ** 20;
    expect(diskNeed({ ...none, ctSlices, beams: 3 })).to.equal(voxels * 2 + 3 * perBeam + voxels * 4);
  });

  it('is more for moqui: the CT once more, and its dose on the CT grid, with as many columns as rows', () => {
    const ctSlices = [0, 2, 4, 6].map((z) => aCtSlice(z, { rows: 100, columns: 50, pixelSpacingMm: [2, 2] }));
    const more = diskNeed({ ...none, ctSlices, beams: 3, onCtGrid: true }) - diskNeed({ ...none, ctSlices, beams: 3 });
    expect(more).to.equal(100 * 100 * 4 * (2 + 3 * 8));
  });

  it('grows with a finer dose grid and with each delivery onto the same disk', () => {
    const ctSlices = [0, 2, 4, 6].map((z) => aCtSlice(z, { rows: 100, columns: 50, pixelSpacingMm: [2, 2] }));
    const coarse = diskNeed({ ...none, ctSlices, beams: 2 });
    expect(diskNeed({ ...none, ctSlices, beams: 2, doseSpacingMm: 1 })).to.be.greaterThan(coarse);
    expect(diskNeed({ ...none, ctSlices, beams: 2, copies: 1 }) - coarse).to.equal(3 * 50 * 100 * 4 * 4);
  });

  it('is that of the water phantom without a CT, or with one that makes no image', () => {
    const voxels = 50 * 50 * 100;
    const wanted = 1 * (voxels * 12 + 8 * 2 ** 20) + voxels * 4;
    expect(diskNeed({ ...none, beams: 1 })).to.equal(wanted);
    expect(diskNeed({ ...none, beams: 1, ctSlices: [aCtSlice(0), aCtSlice(0)] })).to.equal(wanted);
  });
});

describe('room on the disk', () => {
  it('is what stays free after the work', () => {
    const state = { freeBytes: 10 * GIB, minFreeGiB: 5, needBytes: 5 * GIB };
    expect(hasRoom(state)).to.equal(true);
    expect(hasRoom({ ...state, needBytes: 5 * GIB + 1 })).to.equal(false);
  });

  it('is told with what is free, what is needed and the option that says what stays', () => {
    expect(roomWords({ freeBytes: 6 * GIB, minFreeGiB: 5, needBytes: 2 * GIB })).to.equal(
      '6.0 GiB free, 2.0 GiB needed and 5.0 GiB to stay free (intake.minFreeGiB)',
    );
  });
});
