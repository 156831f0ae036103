import { open } from 'node:fs/promises';
import { operator } from '../../../domain/errors.js';
import { dataSetOf, type DoseObject, HEADER_BYTES } from './dose-object.js';

/*
 * Our RT Dose is explicit VR little endian; some peers take implicit VR little endian alone (PS3.5 annex A.1, which every DICOM
 * application must accept). Both have the same values in the same order: only the VRs are left out and lengths take four bytes, so
 * nothing is lost and no value is touched. Pixels are 16 or 32 bits little endian in both (OW).
 */

const ITEM = 0xfffe_e000;
const ITEM_END = 0xfffe_e00d;
const SEQUENCE_END = 0xfffe_e0dd;
const PIXEL_DATA = 0x7fe0_0010;
const UNDEFINED = 0xffff_ffff;
/** VRs whose explicit form has two reserved bytes and a length of four (PS3.5 section 7.1.2). */
const LONG = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
/** Tag, VR, two reserved bytes, length. */
const LONG_HEAD_BYTES = 12;

/**
 * The data set of an object in implicit VR little endian, streamed from its file.
 * @throws permanent `dose.damaged`; operator `upload.not-supported` for an object that is not laid out as ours are
 */
export async function* implicitDataSetOf(object: DoseObject): AsyncGenerator<Buffer, void> {
  const { header, pixelsAt, pixelBytes } = await explicitHeader(object);
  yield toImplicit(header);
  yield head(PIXEL_DATA, pixelBytes);
  yield* dataSetOf({ ...object, dataAt: object.dataAt + pixelsAt + LONG_HEAD_BYTES });
}

/** What precedes the pixels, which must be the last element and of known length. */
async function explicitHeader({ path, dataAt }: DoseObject): Promise<{
  readonly header: Buffer;
  readonly pixelsAt: number;
  readonly pixelBytes: number;
}> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, dataAt);
    const bytes = buffer.subarray(0, bytesRead);
    const pixelsAt = startOf(bytes, PIXEL_DATA);
    const { size } = await file.stat();
    const pixelBytes = bytes.readUInt32LE(pixelsAt + 8);
    if (dataAt + pixelsAt + LONG_HEAD_BYTES + pixelBytes !== size)
      throw new RangeError('pixels are not the last element');
    return { header: bytes.subarray(0, pixelsAt), pixelsAt, pixelBytes };
  } catch (error) {
    if (error instanceof RangeError) throw notConvertible(error);
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Elements in explicit VR little endian as implicit VR little endian; sequences and items get known lengths.
 * @throws RangeError where the bytes end too early or hold what has no such form
 */
export function toImplicit(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = elementAt(bytes, at);
    const value = element.vr === 'SQ' ? itemsToImplicit(bytes, element) : valueOf(bytes, element);
    parts.push(head(element.tag, value.length), value);
    at = element.end;
  }
  return Buffer.concat(parts);
}

interface Element {
  readonly tag: number;
  readonly vr: string;
  readonly valueAt: number;
  /** After the element, with its delimiter where it has one. */
  readonly end: number;
}

function elementAt(bytes: Buffer, at: number): Element {
  const vr = bytes.toString('latin1', at + 4, at + 6);
  const isLong = LONG.has(vr);
  const length = isLong ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6);
  const valueAt = at + (isLong ? LONG_HEAD_BYTES : 8);
  const tag = tagAt(bytes, at);
  if (length !== UNDEFINED) return { tag, vr, valueAt, end: valueAt + length };
  if (vr !== 'SQ') throw new RangeError('a value of undefined length');
  return { tag, vr, valueAt, end: itemsIn(bytes, valueAt, bytes.length).end };
}

function valueOf(bytes: Buffer, { valueAt, end }: Element): Buffer {
  if (end > bytes.length) throw new RangeError('an element ends after its data set');
  return bytes.subarray(valueAt, end);
}

const itemsToImplicit = (bytes: Buffer, { valueAt, end }: Element): Buffer =>
  Buffer.concat(
    itemsIn(bytes, valueAt, end).items.flatMap((item) => {
      const value = toImplicit(item);
      return [head(ITEM, value.length), value];
    }),
  );

/** Items up to `limit`, or to the delimiter of the sequence. */
function itemsIn(
  bytes: Buffer,
  from: number,
  limit: number,
): { readonly items: readonly Buffer[]; readonly end: number } {
  const items: Buffer[] = [];
  let at = from;
  while (at < limit) {
    const tag = tagAt(bytes, at);
    const length = bytes.readUInt32LE(at + 4);
    at += 8;
    if (tag === SEQUENCE_END) break;
    if (tag !== ITEM) throw new RangeError('a sequence holds what is no item');
    const end = length === UNDEFINED ? startOf(bytes, ITEM_END, at) : at + length;
    if (end > bytes.length) throw new RangeError('an item ends after its data set');
    items.push(bytes.subarray(at, end));
    at = length === UNDEFINED ? end + 8 : end;
  }
  return { items, end: at };
}

/** Where the element of that tag begins, on this level. */
function startOf(bytes: Buffer, tag: number, from = 0): number {
  let at = from;
  while (tagAt(bytes, at) !== tag) at = elementAt(bytes, at).end;
  return at;
}

const tagAt = (bytes: Buffer, at: number): number => bytes.readUInt16LE(at) * 0x1_0000 + bytes.readUInt16LE(at + 2);

function head(tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

const notConvertible = (cause: unknown): Error =>
  operator(
    'upload.not-supported',
    'the RT Dose cannot be written in implicit VR little endian, which is all that the peer takes',
    {
      cause,
      remedy: 'have explicit VR little endian allowed at the peer, then: mqi resume ID',
    },
  );
