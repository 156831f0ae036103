import { deflateRawSync } from 'node:zlib';

/** One element as bytes are made of it: strings as they stand, numbers by VR, items for a sequence. */
export interface RawElement {
  /** `gggg,eeee` */
  readonly tag: string;
  readonly vr: string;
  readonly value: string | Buffer | readonly number[] | readonly (readonly RawElement[])[];
}

export type RawEncoding = 'implicit-little' | 'explicit-little' | 'explicit-big' | 'deflated';

export interface RawShape {
  readonly encoding?: RawEncoding;
  /** 128 bytes and DICM. */
  readonly preamble?: boolean;
  /** Group 0002. */
  readonly meta?: 'right-length' | 'wrong-length' | 'no-length' | 'none';
  readonly undefinedLengths?: boolean;
  /** Overrides the transfer syntax named in the file meta information. */
  readonly transferSyntaxUid?: string;
}

export const TRANSFER_SYNTAXES: Readonly<Record<RawEncoding, string>> = {
  'implicit-little': '1.2.840.10008.1.2',
  'explicit-little': '1.2.840.10008.1.2.1',
  'explicit-big': '1.2.840.10008.1.2.2',
  deflated: '1.2.840.10008.1.2.1.99',
};

const LONG = new Set(['OB', 'OF', 'OW', 'SQ', 'UN', 'UT']);
const WIDTH: Readonly<Record<string, number>> = { US: 2, SS: 2, UL: 4, SL: 4, FL: 4, FD: 8 };

interface Way {
  readonly explicit: boolean;
  readonly big: boolean;
  readonly undefinedLengths: boolean;
}

/** A DICOM file, byte by byte, in whatever shape real ones come. Elements are written in tag order. */
export function dicomFile(elements: readonly RawElement[], shape: RawShape = {}): Buffer {
  const encoding = shape.encoding ?? 'explicit-little';
  const way: Way = {
    explicit: encoding !== 'implicit-little',
    big: encoding === 'explicit-big',
    undefinedLengths: shape.undefinedLengths ?? false,
  };
  const plain = elementsBytes(elements, way);
  const body = encoding === 'deflated' ? deflateRawSync(plain) : plain;
  const preamble = shape.preamble === false ? Buffer.alloc(0) : Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]);
  return Buffer.concat([preamble, metaBytes(elements, encoding, shape), body]);
}

export const element = (tag: string, vr: string, value: RawElement['value'] = ''): RawElement => ({ tag, vr, value });

/** The elements with some replaced, added, or (value undefined) left out, by tag. */
export function withElements(
  elements: readonly RawElement[],
  changes: Readonly<Record<string, RawElement | undefined>>,
): readonly RawElement[] {
  const kept = elements.filter(({ tag }) => !(tag in changes));
  return [...kept, ...Object.values(changes).filter((change) => change !== undefined)];
}

function metaBytes(elements: readonly RawElement[], encoding: RawEncoding, shape: RawShape): Buffer {
  if (shape.meta === 'none') return Buffer.alloc(0);
  const uid = (tag: string): string => {
    const value = elements.find((one) => one.tag === tag)?.value;
    return typeof value === 'string' ? value : '';
  };
  const way = { explicit: true, big: false, undefinedLengths: false };
  const rest = elementsBytes(
    [
      element('0002,0001', 'OB', Buffer.from([0, 1])),
      element('0002,0002', 'UI', uid('0008,0016')),
      element('0002,0003', 'UI', uid('0008,0018')),
      element('0002,0010', 'UI', shape.transferSyntaxUid ?? TRANSFER_SYNTAXES[encoding]),
    ],
    way,
  );
  if (shape.meta === 'no-length') return rest;
  const length = shape.meta === 'wrong-length' ? rest.length + 7777 : rest.length;
  return Buffer.concat([elementBytes(element('0002,0000', 'UL', [length]), way), rest]);
}

function elementsBytes(elements: readonly RawElement[], way: Way): Buffer {
  const sorted = [...elements].sort((a, b) => (a.tag.toLowerCase() < b.tag.toLowerCase() ? -1 : 1));
  return Buffer.concat(sorted.map((one) => elementBytes(one, way)));
}

function elementBytes({ tag, vr, value }: RawElement, way: Way): Buffer {
  const undefinedLength = vr === 'SQ' && way.undefinedLengths;
  const body =
    vr === 'SQ' ? sequenceBytes(value as readonly (readonly RawElement[])[], way) : valueBytes(vr, value, way);
  const length = undefinedLength ? 0xffffffff : body.length;
  const end = undefinedLength ? Buffer.concat([tagBytes('fffe,e0dd', way), uint32(0, way)]) : Buffer.alloc(0);
  return Buffer.concat([tagBytes(tag, way), lengthBytes(vr, length, way), body, end]);
}

function lengthBytes(vr: string, length: number, way: Way): Buffer {
  if (!way.explicit) return uint32(length, way);
  if (LONG.has(vr)) return Buffer.concat([Buffer.from(`${vr}\0\0`, 'latin1'), uint32(length, way)]);
  return Buffer.concat([Buffer.from(vr, 'latin1'), uint16(length, way)]);
}

function sequenceBytes(items: readonly (readonly RawElement[])[], way: Way): Buffer {
  return Buffer.concat(
    items.map((item) => {
      const body = elementsBytes(item, way);
      const length = way.undefinedLengths ? 0xffffffff : body.length;
      const end = way.undefinedLengths ? Buffer.concat([tagBytes('fffe,e00d', way), uint32(0, way)]) : Buffer.alloc(0);
      return Buffer.concat([tagBytes('fffe,e000', way), uint32(length, way), body, end]);
    }),
  );
}

function valueBytes(vr: string, value: RawElement['value'], way: Way): Buffer {
  if (Buffer.isBuffer(value)) return value;
  const width = WIDTH[vr];
  if (width !== undefined) {
    const numbers = typeof value === 'string' ? [] : (value as readonly number[]);
    return numberBytes(vr, width, numbers, way);
  }
  if (typeof value !== 'string') throw new Error(`${vr} takes a string or bytes`);
  const bytes = Buffer.from(value, 'utf8');
  const pad = vr === 'UI' || vr === 'OB' ? '\0' : ' ';
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from(pad)]);
}

/** All into one buffer: plans of 60 MiB are made of these. */
function numberBytes(vr: string, width: number, values: readonly number[], { big }: Way): Buffer {
  const bytes = new DataView(new ArrayBuffer(width * values.length));
  const set = setter(vr, bytes, !big);
  values.forEach((value, i) => {
    set(width * i, value);
  });
  return Buffer.from(bytes.buffer);
}

function setter(vr: string, bytes: DataView, little: boolean): (at: number, value: number) => void {
  if (vr === 'FL')
    return (at, value) => {
      bytes.setFloat32(at, value, little);
    };
  if (vr === 'FD')
    return (at, value) => {
      bytes.setFloat64(at, value, little);
    };
  if (vr === 'US')
    return (at, value) => {
      bytes.setUint16(at, value, little);
    };
  if (vr === 'SS')
    return (at, value) => {
      bytes.setInt16(at, value, little);
    };
  return (at, value) => {
    bytes.setUint32(at, value, little);
  };
}

function tagBytes(tag: string, way: Way): Buffer {
  const [group = '', number = ''] = tag.split(',');
  return Buffer.concat([uint16(parseInt(group, 16), way), uint16(parseInt(number, 16), way)]);
}

const uint16 = (value: number, { big }: Way): Buffer => {
  const bytes = Buffer.alloc(2);
  if (big) bytes.writeUInt16BE(value);
  else bytes.writeUInt16LE(value);
  return bytes;
};

const uint32 = (value: number, { big }: Way): Buffer => {
  const bytes = Buffer.alloc(4);
  if (big) bytes.writeUInt32BE(value);
  else bytes.writeUInt32LE(value);
  return bytes;
};
