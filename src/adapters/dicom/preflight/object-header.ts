import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { DataSet, Element } from 'dicom-parser';
import { systemCode } from '../../../files/system-code.js';
import { parseBounded } from '../reading/bounded-parsing.js';
import { DicomDataSet } from '../reading/data-set.js';
import { TAG } from '../reading/tags.js';

/** An object as it lies on the disk, pixels left out. Made of its bytes alone: nothing that wrote it is asked. */
export interface ObjectHeader {
  readonly path: string;
  readonly size: number;
  /** File meta information and data set in one: both are explicit VR little endian in an object of ours. */
  readonly dataSet: DicomDataSet;
  readonly elements: DataSet['elements'];
  /** What extents of the data set count in. */
  readonly bytes: Buffer;
  /** Offset of the first pixel in the file, and how many bytes of pixels the element says there are; null: no pixels. */
  readonly pixels: { readonly at: number; readonly length: number; readonly vr: string } | null;
}

/** Elements that only this check reads. */
export const OBJECT_TAG = {
  metaClassUid: 'x00020002',
  metaInstanceUid: 'x00020003',
  transferSyntaxUid: 'x00020010',
  modality: 'x00080060',
  referencedSopClassUid: 'x00081150',
  photometric: 'x00280004',
  frames: 'x00280008',
  frameIncrement: 'x00280009',
  doseUnits: 'x30040002',
  doseType: 'x30040004',
  summation: 'x3004000a',
  offsets: 'x3004000c',
  scaling: 'x3004000e',
  sliceThickness: 'x00180050',
  planSequence: 'x300c0002',
  fractionGroupSequence: 'x300c0020',
  referencedFractionGroupNumber: 'x300c0022',
} as const;

const PREAMBLE = 132;
/** Ours are some kilobytes; the longest part is 16 characters for each frame. */
const HEADER_BYTES = 1024 * 1024;

/** Reads it; words where it is no DICOM file that can be read. System errors other than "not there" are thrown. */
export function readObjectHeader(path: string): ObjectHeader | string {
  const read = beginning(path);
  if (read === null) return 'is missing';
  const { start, size } = read;
  if (start.length <= PREAMBLE || start.toString('latin1', 128, PREAMBLE) !== 'DICM') return 'is no DICOM file';
  const bytes = start.subarray(PREAMBLE);
  const { elements, outcome } = parseBounded(bytes, 'explicit-little', TAG.pixels);
  if (outcome !== 'read') return 'cannot be read to its pixels: it is damaged, or not explicit VR little endian';
  const dataSet = DicomDataSet.root(elements, bytes, false);
  const extent = dataSet.extent(TAG.pixels);
  const pixels =
    extent === null
      ? null
      : { at: PREAMBLE + extent.at, length: extent.length, vr: elements[TAG.pixels]?.vr ?? 'unknown' };
  return { path, size, dataSet, elements, bytes, pixels };
}

/** Bytes of a value without its padding; empty where the element is absent or empty. */
export function rawValue(dataSet: DicomDataSet, bytes: Buffer, tag: string): string {
  const place = dataSet.has(tag) ? dataSet.extent(tag) : null;
  return place === null ? '' : bytes.toString('latin1', place.at, place.at + place.length).replace(/[\0 ]+$/, '');
}

/** Every element, those of items included. */
export function* eachElement(elements: DataSet['elements']): Generator<Element, void> {
  for (const element of Object.values(elements)) {
    yield element;
    for (const item of element.items ?? []) yield* eachElement(item.dataSet?.elements ?? {});
  }
}

function beginning(path: string): { readonly start: Buffer; readonly size: number } | null {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (thrown) {
    if (systemCode(thrown) === 'ENOENT') return null;
    throw thrown;
  }
  try {
    const { size } = fstatSync(file);
    const start = Buffer.alloc(Math.min(size, HEADER_BYTES));
    return { start: start.subarray(0, readSync(file, start, 0, start.length, 0)), size };
  } finally {
    closeSync(file);
  }
}
