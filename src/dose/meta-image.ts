import { permanent } from '../domain/errors.js';
import type { Grid } from '../domain/grid.js';

/** Element types of the MetaImage files we exchange with engines, with their size in bytes. */
export const ELEMENT_BYTES = { MET_SHORT: 2, MET_FLOAT: 4, MET_DOUBLE: 8 } as const;
export type ElementType = keyof typeof ELEMENT_BYTES;

/** Header of a three-dimensional, little-endian, uncompressed MetaImage (https://itk.org/Wiki/MetaIO/Documentation). */
export interface MetaImageHeader {
  readonly grid: Grid;
  readonly elementType: ElementType;
  /** Name of the raw file beside the header, or LOCAL when the values follow the header in the same file. */
  readonly dataFile: string;
  /** Bytes of header text before the values; 0 unless LOCAL. */
  readonly headerBytes: number;
}

/** Largest header we look through: ElementDataFile must come within it. */
export const MAX_HEADER_BYTES = 16_384;

/** Header text; with the default data file LOCAL the values are to follow it directly. */
export function formatMetaImageHeader(grid: Grid, elementType: ElementType, dataFile = 'LOCAL'): string {
  return [
    'ObjectType = Image',
    'NDims = 3',
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    'CompressedData = False',
    'TransformMatrix = 1 0 0 0 1 0 0 0 1',
    `Offset = ${grid.originMm.join(' ')}`,
    `ElementSpacing = ${grid.spacingMm.join(' ')}`,
    `DimSize = ${grid.size.join(' ')}`,
    `ElementType = ${elementType}`,
    `ElementDataFile = ${dataFile}`,
    '',
  ].join('\n');
}

/**
 * Reads a header from the first bytes of a .mha or .mhd file.
 * @throws permanent `engine.bad-dose` naming the entry that is missing, wrong or not supported
 */
export function parseMetaImageHeader(start: Buffer): MetaImageHeader {
  const { entries, at } = headerEntries(start);
  const dataFile = entries.get('ElementDataFile');
  if (dataFile === undefined || dataFile === '') throw wrong('ElementDataFile is missing');
  requireSupported(entries);
  const origin = entries.get('Offset') ?? entries.get('Position') ?? entries.get('Origin');
  const size = triple('DimSize', entries.get('DimSize'));
  if (size.some((n) => !Number.isInteger(n) || n < 1)) throw wrong('DimSize must be three positive whole numbers');
  const spacing = triple('ElementSpacing', entries.get('ElementSpacing'));
  if (spacing.some((mm) => mm <= 0)) throw wrong('ElementSpacing must be positive');
  return {
    grid: { originMm: triple('Offset', origin), spacingMm: spacing, size },
    elementType: elementTypeOf(entries.get('ElementType')),
    dataFile,
    headerBytes: dataFile === 'LOCAL' ? at : 0,
  };
}

/**
 * The values, x fastest, as float64. `bytes` is exactly the data of `count` elements.
 * @throws permanent `engine.bad-dose` when the length does not fit
 */
export function decodeElements(bytes: Buffer, elementType: ElementType, count: number): Float64Array {
  const width = ELEMENT_BYTES[elementType];
  if (bytes.length !== count * width) {
    throw wrong(`holds ${String(bytes.length)} bytes of values where ${String(count * width)} are due`);
  }
  const values = new Float64Array(count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (elementType === 'MET_SHORT') for (let i = 0; i < count; i++) values[i] = view.getInt16(i * 2, true);
  else if (elementType === 'MET_FLOAT') for (let i = 0; i < count; i++) values[i] = view.getFloat32(i * 4, true);
  else for (let i = 0; i < count; i++) values[i] = view.getFloat64(i * 8, true);
  return values;
}

function headerEntries(start: Buffer): { entries: ReadonlyMap<string, string>; at: number } {
  const entries = new Map<string, string>();
  const limit = Math.min(start.length, MAX_HEADER_BYTES);
  let at = 0;
  while (at < limit && !entries.has('ElementDataFile')) {
    const newline = start.indexOf(0x0a, at);
    const end = newline < 0 ? start.length : newline;
    const line = start.toString('latin1', at, end);
    at = Math.min(end + 1, start.length);
    const equals = line.indexOf('=');
    if (equals > 0) entries.set(line.slice(0, equals).trim(), line.slice(equals + 1).trim());
  }
  return { entries, at };
}

/** What values would have to be multiplied with and have added to be dose. */
const SCALING = [
  ['ElementToIntensityFunctionSlope', 1],
  ['ElementToIntensityFunctionOffset', 0],
] as const;

function requireSupported(entries: ReadonlyMap<string, string>): void {
  const must = (key: string, allowed: readonly string[]): void => {
    const value = entries.get(key);
    if (value !== undefined && !allowed.includes(value)) throw wrong(`${key} must be ${allowed.join(' or ')}`);
  };
  must('NDims', ['3']);
  must('BinaryData', ['True']);
  must('BinaryDataByteOrderMSB', ['False']);
  must('ElementByteOrderMSB', ['False']);
  must('CompressedData', ['False']);
  must('ElementNumberOfChannels', ['1']);
  for (const [key, due] of SCALING) {
    const value = entries.get(key);
    if (value !== undefined && Number(value) !== due)
      throw wrong(`${key} must be ${String(due)}: values are Gy as they stand`);
  }
  for (const key of MATRIX_KEYS) {
    const matrix = entries.get(key);
    if (matrix !== undefined && !isIdentity(matrix)) {
      throw wrong(`${key} must be the identity: values lie along the patient axes`);
    }
  }
}

/** One entry under three names, as the library of MetaImage reads it. */
const MATRIX_KEYS = ['TransformMatrix', 'Rotation', 'Orientation'] as const;
const IDENTITY = [1, 0, 0, 0, 1, 0, 0, 0, 1];
/** What arithmetic leaves of a one or a zero; across a dose grid it moves nothing by a thousandth of a millimetre. */
const IDENTITY_TOLERANCE = 1e-6;

function isIdentity(text: string): boolean {
  const values = text.split(/\s+/).map(Number);
  return (
    values.length === IDENTITY.length &&
    values.every((value, i) => Math.abs(value - (IDENTITY[i] ?? NaN)) <= IDENTITY_TOLERANCE)
  );
}

function elementTypeOf(value: string | undefined): ElementType {
  if (value !== undefined && Object.hasOwn(ELEMENT_BYTES, value)) return value as ElementType;
  throw wrong('ElementType must be MET_SHORT, MET_FLOAT or MET_DOUBLE');
}

function triple(key: string, text: string | undefined): readonly [number, number, number] {
  const [x, y, z, ...more] = (text ?? '').split(/\s+/).map(Number);
  if (more.length > 0 || x === undefined || y === undefined || z === undefined || ![x, y, z].every(Number.isFinite)) {
    throw wrong(`${key} must be three numbers`);
  }
  return [x, y, z];
}

const wrong = (what: string): Error => permanent('engine.bad-dose', `the MetaImage ${what}`);
