import { readFileSync, writeFileSync } from 'node:fs';

/** VRs whose length field has 32 bits. */
const LONG = ['OB', 'OW', 'SQ', 'UN', 'UT'];

/** The bytes of an element of a file in explicit VR little endian: where its header and its value begin, and its length. */
export function elementAt(
  bytes: Buffer,
  tag: string,
  vr: string,
): { readonly at: number; readonly valueAt: number; readonly length: number } {
  const [group = '', element = ''] = tag.split(',');
  const start = Buffer.alloc(6);
  start.writeUInt16LE(parseInt(group, 16), 0);
  start.writeUInt16LE(parseInt(element, 16), 2);
  start.write(vr, 4, 'latin1');
  const at = bytes.indexOf(start, 132);
  if (at < 0) throw new Error(`the file has no ${tag}`);
  const isLong = LONG.includes(vr);
  const valueAt = at + (isLong ? 12 : 8);
  return { at, valueAt, length: isLong ? bytes.readUInt32LE(at + 8) : bytes.readUInt16LE(at + 6) };
}

/**
 * Puts another value in place of the first one of this tag, byte by byte; null takes the element out. One within a sequence
 * must keep its length, since those of the sequences around it are left as they are.
 */
export function changeElement(path: string, tag: string, vr: string, value: string | Buffer | null): void {
  const bytes = readFileSync(path);
  const { at, valueAt, length } = elementAt(bytes, tag, vr);
  const rest = bytes.subarray(valueAt + length);
  if (value === null) {
    writeFileSync(path, Buffer.concat([bytes.subarray(0, at), rest]));
    return;
  }
  const plain = Buffer.from(value as string, 'latin1');
  const padding = plain.length % 2 === 0 ? '' : vr === 'UI' ? '\0' : ' ';
  const padded = Buffer.concat([plain, Buffer.from(padding)]);
  const header = Buffer.from(bytes.subarray(at, valueAt));
  if (LONG.includes(vr)) header.writeUInt32LE(padded.length, 8);
  else header.writeUInt16LE(padded.length, 6);
  writeFileSync(path, Buffer.concat([bytes.subarray(0, at), header, padded, rest]));
}
