import { expect } from 'chai';
import fc from 'fast-check';
import type { Vec3 } from '../../../src/domain/vector.js';
import { traceRay, type Medium } from '../../../src/dose/ray-trace.js';
import { rspTable } from '../../../src/dose/rsp-table.js';

/** 10 x 8 x 6 voxels of 2 x 3 x 4 mm, first face at the origin, stopping power by voxel. */
function medium(huOf: (x: number, y: number, z: number) => number): Medium {
  const hu = new Int16Array(480);
  for (let i = 0; i < 480; i++) hu[i] = huOf(i % 10, Math.floor(i / 10) % 8, Math.floor(i / 80));
  const grid = { originMm: [1, 1.5, 2], spacingMm: [2, 3, 4], size: [10, 8, 6] } as const;
  return {
    grid,
    hu,
    rspByHu: rspTable([
      [-1000, 0],
      [1000, 2],
    ]),
  };
}

function depths(into: Medium, from: Vec3, to: Vec3, steps: number): number[] {
  const depthMm = new Float32Array(steps + 1);
  traceRay(into, from, to, { depthMm, first: 0, stride: 1, steps });
  return [...depthMm];
}

/** The same by brute force: many small steps, nearest voxel. */
function sampled(into: Medium, from: Vec3, to: Vec3): number {
  const many = 20_000;
  const { spacingMm, size } = into.grid;
  let sum = 0;
  for (let k = 0; k < many; k++) {
    const t = (k + 0.5) / many;
    const at = [0, 1, 2].map((a) => Math.floor((from[a]! + t * (to[a]! - from[a]!)) / spacingMm[a]!));
    if (at.some((index, a) => index < 0 || index >= size[a]!)) continue;
    sum += into.rspByHu[into.hu[(at[2]! * 8 + at[1]!) * 10 + at[0]!]! + 32_768]!;
  }
  return (sum * Math.hypot(to[0] - from[0], to[1] - from[1], to[2] - from[2])) / many;
}

describe('Water-equivalent depth along a ray', () => {
  it('is the length of water, cut exactly at the faces', () => {
    const water = medium(() => 0);
    expect(depths(water, [-10, 10, 10], [30, 10, 10], 4)).to.deep.equal([0, 0, 10, 20, 20]);
    expect(depths(water, [30, 10, 10], [-10, 10, 10], 4)).to.deep.equal([0, 0, 10, 20, 20]);
  });

  it('counts each voxel by its stopping power', () => {
    const halves = medium((x) => (x < 5 ? -500 : 500));
    const along = depths(halves, [0, 10, 10], [20, 10, 10], 10);
    expect(along[5]).to.be.closeTo(5, 1e-5);
    expect(along[10]).to.be.closeTo(20, 1e-5);
    expect(along[6]).to.be.closeTo(8, 1e-5);
  });

  it('is nought beside the medium and in vacuum', () => {
    expect(
      depths(
        medium(() => 0),
        [-10, 30, 10],
        [30, 30, 10],
        2,
      ),
    ).to.deep.equal([0, 0, 0]);
    expect(
      depths(
        medium(() => -1000),
        [-10, 10, 10],
        [30, 10, 10],
        2,
      ),
    ).to.deep.equal([0, 0, 0]);
  });

  it('begins inside when the ray does', () => {
    expect(
      depths(
        medium(() => 0),
        [5, 10, 10],
        [15, 10, 10],
        2,
      ),
    ).to.deep.equal([0, 5, 10]);
  });

  it('agrees with small steps through random voxels from any side, and never falls', () => {
    const random = medium((x, y, z) => ((x * 7919 + y * 104_729 + z * 1299_709) % 1900) - 900);
    const place = fc.tuple(...[-30, -30, -30].map((low) => fc.double({ min: low, max: 60, noNaN: true })));
    fc.assert(
      fc.property(place, place, (from, to) => {
        const along = depths(random, from as unknown as Vec3, to as unknown as Vec3, 40);
        expect(along.every((depth, i) => i === 0 || depth >= along[i - 1]!)).to.equal(true);
        expect(along[40]).to.be.closeTo(sampled(random, from as unknown as Vec3, to as unknown as Vec3), 0.1);
      }),
      { numRuns: 60, seed: 7, endOnFailure: true },
    );
  });
});

describe('Stopping power by CT number', () => {
  it('is linear between the points and constant beyond them', () => {
    const table = rspTable([
      [1000, 1.6],
      [-1000, 0.001],
      [0, 1],
    ]);
    const at = (hu: number): number => table[hu + 32_768]!;
    expect(at(-1000)).to.be.closeTo(0.001, 1e-6);
    expect(at(-2000)).to.be.closeTo(0.001, 1e-6);
    expect(at(500)).to.be.closeTo(1.3, 1e-6);
    expect(at(0)).to.equal(1);
    expect(at(3000)).to.be.closeTo(1.6, 1e-6);
  });

  it('is never negative', () => {
    expect(
      Math.min(
        ...rspTable([
          [-1000, -0.1],
          [0, 1],
        ]),
      ),
    ).to.equal(0);
  });
});
