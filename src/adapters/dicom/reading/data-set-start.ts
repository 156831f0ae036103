import { unpadded } from './unpadded.js';

/** How the bytes of a file hold their data set. */
export interface DataSetStart {
  /** Offset of the first element after preamble and file meta information. */
  readonly at: number;
  readonly encoding: Encoding;
  /** TransferSyntaxUID of the file meta information; null where it has none. */
  readonly transferSyntaxUid: string | null;
  /** MediaStorageSOPClassUID; null where it has none. */
  readonly mediaStorageSopClassUid: string | null;
}

export type Encoding = 'implicit-little' | 'explicit-little' | 'explicit-big' | 'deflated';

/** `more`: the file meta information goes on behind these bytes. `empty`: nothing follows it. */
export type Located = DataSetStart | 'not-dicom' | 'more' | 'empty';

const IMPLICIT_LITTLE = '1.2.840.10008.1.2';
const EXPLICIT_BIG = '1.2.840.10008.1.2.2';
const DEFLATED = '1.2.840.10008.1.2.1.99';
const PREAMBLE_BYTES = 132;
const LONG_LENGTH = new Set(['OB', 'OD', 'OF', 'OL', 'OV', 'OW', 'SQ', 'SV', 'UC', 'UN', 'UR', 'UT', 'UV']);
const VRS = new Set(
  'AE AS AT CS DA DS DT FL FD IS LO LT OB OD OF OL OV OW PN SH SL SQ SS ST SV TM UC UI UL UN UR US UT UV'.split(' '),
);

/**
 * Finds the data set in the first bytes of a file: with or without preamble, with or without file meta information,
 * whose group length is not believed (it is absent or wrong in real files): the group is walked element by element. The
 * element that follows shows whether VRs are written and in which byte order, and is believed before the transfer syntax.
 */
export function locateDataSet(bytes: Buffer): Located {
  const preamble = bytes.length >= PREAMBLE_BYTES && bytes.toString('latin1', 128, PREAMBLE_BYTES) === 'DICM';
  if (preamble && bytes.length === PREAMBLE_BYTES) return 'empty';
  if (!preamble && !looksLikeDicom(bytes)) return 'not-dicom';
  const meta = walkFileMeta(bytes, preamble ? PREAMBLE_BYTES : 0);
  if (meta === 'more') return meta;
  if (meta.at >= bytes.length) return 'empty';
  return { ...meta, encoding: encodingAt(bytes, meta.at, meta.transferSyntaxUid) };
}

/** Without a preamble a file must begin with an element of group 0002 or 0008 as data sets do. */
function looksLikeDicom(bytes: Buffer): boolean {
  if (bytes.length < 16) return false;
  const little = bytes.readUInt16LE(0);
  const explicit = hasVr(bytes, 0);
  if (explicit) return little === 0x0002 || little === 0x0008 || bytes.readUInt16BE(0) === 0x0008;
  return little === 0x0008 && bytes.readUInt16LE(2) <= 0x0018 && bytes.readUInt32LE(4) <= 256;
}

function walkFileMeta(bytes: Buffer, from: number): Omit<DataSetStart, 'encoding'> | 'more' {
  let at = from;
  let transferSyntaxUid: string | null = null;
  let mediaStorageSopClassUid: string | null = null;
  while (at + 8 <= bytes.length && bytes.readUInt16LE(at) === 0x0002) {
    const element = bytes.readUInt16LE(at + 2);
    const { valueAt, length } = elementExtent(bytes, at);
    if (valueAt + length > bytes.length) return 'more';
    const value = (): string => unpadded(bytes.toString('latin1', valueAt, valueAt + length));
    if (element === 0x0010) transferSyntaxUid = value();
    if (element === 0x0002) mediaStorageSopClassUid = value();
    at = valueAt + length;
  }
  return { at, transferSyntaxUid, mediaStorageSopClassUid };
}

function elementExtent(bytes: Buffer, at: number): { valueAt: number; length: number } {
  if (!hasVr(bytes, at)) return { valueAt: at + 8, length: bytes.readUInt32LE(at + 4) };
  if (!LONG_LENGTH.has(bytes.toString('latin1', at + 4, at + 6))) {
    return { valueAt: at + 8, length: bytes.readUInt16LE(at + 6) };
  }
  return { valueAt: at + 12, length: at + 12 <= bytes.length ? bytes.readUInt32LE(at + 8) : 0 };
}

function encodingAt(bytes: Buffer, at: number, transferSyntaxUid: string | null): Encoding {
  if (transferSyntaxUid === DEFLATED) return 'deflated';
  if (at + 8 > bytes.length) return transferSyntaxUid === IMPLICIT_LITTLE ? 'implicit-little' : 'explicit-little';
  if (!hasVr(bytes, at)) return 'implicit-little';
  if (transferSyntaxUid === EXPLICIT_BIG) return 'explicit-big';
  // Groups are small numbers: 0008 read in the wrong order is 0800.
  return bytes.readUInt16LE(at) > bytes.readUInt16BE(at) ? 'explicit-big' : 'explicit-little';
}

const hasVr = (bytes: Buffer, at: number): boolean => VRS.has(bytes.toString('latin1', at + 4, at + 6));
