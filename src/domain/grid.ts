import type { Vec3 } from './vector.js';

/** A box of voxels along the patient axes; arrays over it run x fastest, then y, then z ascending. */
export interface Grid {
  /** Centre of the first voxel, mm, DICOM patient coordinates. */
  readonly originMm: Vec3;
  readonly spacingMm: Vec3;
  /** Voxels along x, y, z. */
  readonly size: readonly [number, number, number];
}

export const voxelCount = ({ size: [nx, ny, nz] }: Grid): number => nx * ny * nz;
