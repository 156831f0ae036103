import { type Grid, voxelCount } from '../../../domain/grid.js';
import { TAG } from '../reading/tags.js';
import type { Expected } from './expected.js';
import { type ObjectHeader, OBJECT_TAG } from './object-header.js';
import { sentences } from './reference-rules.js';

/** Far below any voxel, far above what decimal strings lose. */
const SAME_MM = 1e-4;
export const PIXEL_BYTES = 4;
const UPRIGHT = [1, 0, 0, 0, 1, 0];

export const near = (a: number | undefined, b: number | undefined): boolean =>
  a !== undefined && b !== undefined && Math.abs(a - b) <= SAME_MM;

const allNear = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((mm, i) => near(mm, b[i]));

/** Grid, orientation, offsets and form of the pixels against the grid that the engine was asked for. */
export function geometryFailures(object: ObjectHeader, { grid }: Expected): readonly string[] {
  return grid === null ? [] : [...placeFailures(object, grid), ...pixelFormFailures(object, grid)];
}

function placeFailures({ dataSet }: ObjectHeader, { originMm, spacingMm, size }: Grid): readonly string[] {
  const [x, y, z] = spacingMm;
  const rows = dataSet.number(TAG.rows, 'US');
  const columns = dataSet.number(TAG.columns, 'US');
  const frames = dataSet.number(OBJECT_TAG.frames, 'DS');
  const offsets = dataSet.numbers(OBJECT_TAG.offsets, 'DS');
  const [incrementGroup, incrementElement] = pointer(dataSet.extent(OBJECT_TAG.frameIncrement), dataSet);
  return sentences([
    [
      columns !== size[0] || rows !== size[1] || frames !== size[2],
      `it has ${String(columns)} x ${String(rows)} x ${String(frames)} voxels; calculated were ${size.join(' x ')}`,
    ],
    [
      !allNear(dataSet.numbers(TAG.imagePosition, 'DS'), originMm),
      'ImagePositionPatient is not the centre of the first voxel that was calculated',
    ],
    [!allNear(dataSet.numbers(TAG.imageOrientation, 'DS'), UPRIGHT), 'ImageOrientationPatient is not 1\\0\\0\\0\\1\\0'],
    [
      !allNear(dataSet.numbers(TAG.pixelSpacing, 'DS'), [y, x]),
      'PixelSpacing (rows, columns) is not that of the calculation',
    ],
    [
      !near(dataSet.number(OBJECT_TAG.sliceThickness, 'DS') ?? undefined, z),
      'SliceThickness is not the distance of the planes that were calculated',
    ],
    [
      offsets.length !== size[2] || !offsets.every((mm, frame) => near(mm, frame * z)),
      'GridFrameOffsetVector does not begin at 0 and rise by the distance of the planes, one value for each frame',
    ],
    [
      incrementGroup !== 0x3004 || incrementElement !== 0x000c,
      'FrameIncrementPointer does not point to GridFrameOffsetVector',
    ],
  ]);
}

/** Of an element of VR AT. */
function pointer(extent: { readonly length: number } | null, dataSet: ObjectHeader['dataSet']): readonly number[] {
  return extent?.length === 4 ? dataSet.numbers(OBJECT_TAG.frameIncrement, 'US') : [];
}

function pixelFormFailures({ dataSet, pixels, size: fileSize }: ObjectHeader, grid: Grid): readonly string[] {
  const form = [TAG.bitsAllocated, TAG.bitsStored, TAG.highBit, TAG.pixelRepresentation, TAG.samplesPerPixel];
  const due = voxelCount(grid) * PIXEL_BYTES;
  return sentences([
    [
      form.map((tag) => dataSet.number(tag, 'US')).join() !== '32,32,31,0,1' ||
        dataSet.string(OBJECT_TAG.photometric) !== 'MONOCHROME2',
      'its pixels are not said to be unsigned, of 32 bits and one sample',
    ],
    [pixels === null, 'it has no pixels'],
    [pixels !== null && pixels.vr !== 'OW', 'its pixels are not of VR OW'],
    [
      pixels !== null && (pixels.length !== due || pixels.at + due !== fileSize),
      `it holds ${String(pixels === null ? 0 : Math.min(pixels.length, fileSize - pixels.at))} bytes of pixels where ${String(due)} are due, and nothing behind them`,
    ],
  ]);
}
