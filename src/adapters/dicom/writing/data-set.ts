import { data as dcmjs } from 'dcmjs';
import { bug } from '../../../domain/errors.js';
import { decimalString } from './decimal-string.js';
import { derivedUid } from './derived-uid.js';

/** A value of an element. Numbers of VR DS are written in 16 characters; null or an empty list is an empty element. */
export type ElementValue =
  string | number | null | readonly (string | number)[] | readonly DataSet[] | ArrayBuffer | EncodedBytes;

/** Elements by DICOM keyword. */
export interface DataSet {
  readonly [keyword: string]: ElementValue;
}

/** Text as another file holds it, copied byte by byte so that its character set need not be understood. */
export class EncodedBytes {
  constructor(readonly bytes: Uint8Array) {}
}

const EXPLICIT_LITTLE_ENDIAN = '1.2.840.10008.1.2.1';
const IMPLEMENTATION_UID = derivedUid('mqi-communicator', 'implementation');
/** VRs whose length field has 32 bits; none of them is copied byte by byte. */
const LONG_VRS = ['OB', 'OW', 'SQ', 'UN', 'UT'];

/** A whole file: preamble, file meta information and data set, explicit VR little endian. Text in it is UTF-8. */
export function encodeFile(dataSet: DataSet): Buffer {
  return Buffer.concat([encodeMeta(dataSet), encodeDataSet(dataSet)]);
}

/** Preamble and file meta information of a file with this data set. */
export function encodeMeta({ SOPClassUID, SOPInstanceUID }: DataSet): Buffer {
  const meta = toElements({
    MediaStorageSOPClassUID: SOPClassUID ?? null,
    MediaStorageSOPInstanceUID: SOPInstanceUID ?? null,
    TransferSyntaxUID: EXPLICIT_LITTLE_ENDIAN,
    ImplementationClassUID: IMPLEMENTATION_UID,
    ImplementationVersionName: 'MQI_COMMUNICATOR',
    FileMetaInformationVersion: new Uint8Array([0, 1]).buffer,
  });
  return Buffer.from(new dcmjs.DicomDict(meta).write());
}

/** The elements in ascending order of tags. */
export function encodeDataSet(dataSet: DataSet): Buffer {
  const rows = Object.entries(dataSet).map(([keyword, value]) => ({ ...lookUp(keyword), keyword, value }));
  rows.sort((a, b) => (a.tag < b.tag ? -1 : 1));
  return Buffer.concat(
    rows.map(({ tag, vr, keyword, value }) => {
      if (value instanceof EncodedBytes) return encodeBytes(tag, vr, value.bytes);
      if (vr === 'SQ') return encodeSequence(tag, (value ?? []) as readonly DataSet[]);
      const stream = new dcmjs.WriteBufferStream(256, true);
      dcmjs.DicomMessage.write(toElements({ [keyword]: value }), stream, EXPLICIT_LITTLE_ENDIAN, {});
      return Buffer.from(stream.getBuffer());
    }),
  );
}

/** With lengths, not delimiters: archives rewrite the latter, and then the object that they keep is not ours byte by byte. */
function encodeSequence(tag: string, items: readonly DataSet[]): Buffer {
  const encoded = items.map((item) => {
    const content = encodeDataSet(item);
    const head = Buffer.from('feff00e000000000', 'hex');
    head.writeUInt32LE(content.length, 4);
    return Buffer.concat([head, content]);
  });
  const body = Buffer.concat(encoded);
  const element = Buffer.alloc(12);
  element.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
  element.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
  element.write('SQ', 4, 'latin1');
  element.writeUInt32LE(body.length, 8);
  return Buffer.concat([element, body]);
}

function encodeBytes(tag: string, vr: string, bytes: Uint8Array): Buffer {
  if (LONG_VRS.includes(vr)) throw bug('dicom.encoding', `elements of VR ${vr} are not copied`);
  const padding = bytes.length % 2;
  const element = Buffer.alloc(8 + bytes.length + padding, vr === 'UI' ? 0 : ' ');
  element.writeUInt16LE(parseInt(tag.slice(0, 4), 16), 0);
  element.writeUInt16LE(parseInt(tag.slice(4), 16), 2);
  element.write(vr, 4, 'latin1');
  element.writeUInt16LE(bytes.length + padding, 6);
  element.set(bytes, 8);
  return element;
}

type Elements = Record<string, { readonly vr: string; readonly Value: readonly unknown[] }>;

function toElements(dataSet: DataSet): Elements {
  const elements: Elements = {};
  for (const [keyword, value] of Object.entries(dataSet)) {
    const { tag, vr } = lookUp(keyword);
    elements[tag] = { vr, Value: toValues(vr, value) };
  }
  return elements;
}

function toValues(vr: string, value: ElementValue): readonly unknown[] {
  if (value === null || value === '') return [];
  if (value instanceof EncodedBytes) throw bug('dicom.encoding', 'bytes are copied only at the top of a data set');
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (vr === 'DS') return values.map((number) => (typeof number === 'number' ? decimalString(number) : number));
  return values;
}

/** Tag as eight hexadecimal digits, and VR; pixel data and pixel values depend on context and are OW and US here. */
function lookUp(keyword: string): { readonly tag: string; readonly vr: string } {
  const entry = dcmjs.DicomMetaDictionary.nameMap[keyword];
  if (entry === undefined) throw bug('dicom.encoding', `${keyword} is no DICOM keyword`);
  const vr = { ox: 'OW', xs: 'US' }[entry.vr] ?? entry.vr;
  return { tag: entry.tag.replace(/[(),]/g, '').toUpperCase(), vr };
}
