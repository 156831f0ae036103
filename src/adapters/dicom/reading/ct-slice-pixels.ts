import { input } from '../../../domain/errors.js';
import type { CaseError } from '../../../domain/errors.js';
import { EndOfBytes, parseDataSet } from './data-set.js';
import type { DicomDataSet } from './data-set.js';
import { locateDataSet } from './data-set-start.js';
import { inflatePrefix, MAX_INFLATED_BYTES } from './inflate.js';
import { TAG } from './tags.js';
import { printableName } from '../../../domain/printable-name.js';

/** CT slices are half a megabyte; nothing near this is one. HU of 8-bit pixels take twice as much again. */
export const MAX_SLICE_BYTES = 24 * 1024 * 1024;

/** Stored as they are in the file: little or big endian, or deflated. Every other transfer syntax compresses pixels. */
const UNCOMPRESSED = new Set([
  '1.2.840.10008.1.2',
  '1.2.840.10008.1.2.1',
  '1.2.840.10008.1.2.2',
  '1.2.840.10008.1.2.1.99',
]);

export interface SlicePixels {
  readonly rows: number;
  readonly columns: number;
  /** HU rounded to whole numbers, rows * columns, as stored: along the rows. */
  readonly hu: Int16Array;
}

/**
 * HU of one CT slice: stored value x slope + intercept.
 * @param path relative to the case folder, for messages
 * @throws input `ct.compressed`, `ct.not-readable`
 */
export async function slicePixels(file: Buffer, path: string): Promise<SlicePixels> {
  const start = locateDataSet(file);
  if (start === 'not-dicom' || start === 'empty' || start === 'more') throw notReadable(path, 'is cut off');
  if (start.transferSyntaxUid !== null && !UNCOMPRESSED.has(start.transferSyntaxUid)) throw compressed(path);
  const body = file.subarray(start.at);
  if (start.encoding !== 'deflated') return decode(body, start.encoding, path);
  const inflated = await inflatePrefix(body, MAX_INFLATED_BYTES);
  if (inflated?.ended !== true) throw notReadable(path, 'is cut off, or too large');
  return decode(inflated.bytes, 'explicit-little', path);
}

function decode(
  bytes: Buffer,
  encoding: 'implicit-little' | 'explicit-little' | 'explicit-big',
  path: string,
): SlicePixels {
  const { dataSet } = parseDataSet(bytes, encoding, TAG.pixels);
  try {
    const format = pixelFormat(dataSet, path);
    const pixels = dataSet.extent(TAG.pixels);
    if (pixels === null) throw notReadable(path, 'has no pixels');
    if (pixels.undefinedLength) throw compressed(path);
    const needed = (format.rows * format.columns * format.bitsAllocated) / 8;
    if (pixels.length < needed || pixels.at + needed > bytes.length) throw notReadable(path, 'lacks pixels');
    const stored = bytes.subarray(pixels.at, pixels.at + needed);
    return { rows: format.rows, columns: format.columns, hu: toHu(stored, format, encoding === 'explicit-big') };
  } catch (thrown) {
    if (thrown instanceof EndOfBytes) throw notReadable(path, 'is cut off');
    throw thrown;
  }
}

interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  /** How far the stored bits stand above bit 0. */
  readonly shift: number;
  readonly signed: boolean;
  readonly slope: number;
  readonly intercept: number;
}

function pixelFormat(dataSet: DicomDataSet, path: string): PixelFormat {
  const us = (tag: string, ifAbsent: number): number => dataSet.number(tag, 'US') ?? ifAbsent;
  const bitsAllocated = us(TAG.bitsAllocated, 16);
  const bitsStored = us(TAG.bitsStored, bitsAllocated);
  const shift = us(TAG.highBit, bitsStored - 1) + 1 - bitsStored;
  const slope = dataSet.number(TAG.rescaleSlope, 'DS') ?? NaN;
  const intercept = dataSet.number(TAG.rescaleIntercept, 'DS') ?? NaN;
  if (us(TAG.samplesPerPixel, 1) !== 1) throw notReadable(path, 'is a colour image');
  if (![8, 16].includes(bitsAllocated) || shift < 0 || shift + bitsStored > bitsAllocated) {
    throw notReadable(path, 'stores its pixels in an unusual way');
  }
  if (!Number.isFinite(slope + intercept) || slope === 0) {
    throw notReadable(path, 'has no usable Rescale Slope (0028,1053) and Intercept (0028,1052)');
  }
  const signed = us(TAG.pixelRepresentation, 0) === 1;
  const [rows, columns] = [us(TAG.rows, 0), us(TAG.columns, 0)];
  return { rows, columns, bitsAllocated, bitsStored, shift, signed, slope, intercept };
}

function toHu(stored: Buffer, format: PixelFormat, bigEndian: boolean): Int16Array {
  const { bitsAllocated, bitsStored, shift, signed, slope, intercept } = format;
  const hu = new Int16Array(format.rows * format.columns);
  const view = new DataView(stored.buffer, stored.byteOffset, stored.length);
  const mask = 2 ** bitsStored - 1;
  const signBit = 2 ** (bitsStored - 1);
  for (let i = 0; i < hu.length; i++) {
    const raw = bitsAllocated === 8 ? view.getUint8(i) : view.getUint16(i * 2, !bigEndian);
    // Bits above those stored may hold overlays: they are no part of the value.
    const bits = (raw >> shift) & mask;
    const value = signed && bits >= signBit ? bits - 2 * signBit : bits;
    const scaled = Math.round(value * slope + intercept);
    hu[i] = scaled < -32768 ? -32768 : scaled > 32767 ? 32767 : scaled;
  }
  return hu;
}

const compressed = (path: string): CaseError =>
  input('ct.compressed', `CT slice ${printableName(path)} has compressed pixels, which are not read`, {
    remedy: 'export the CT without compression (implicit or explicit VR little endian)',
  });

const notReadable = (path: string, what: string): CaseError =>
  input('ct.not-readable', `CT slice ${printableName(path)} ${what}`, { remedy: 'export the CT again' });
