/*
 * Command sets and identifiers in implicit VR little endian, the one encoding every DICOM application must speak (PS3.5
 * section 10.1; command sets: PS3.7 section 6.3.1). Data sets of images never come here: they are sent byte by byte as
 * they lie in the file.
 */

/** Values by tag (`0xggggeeee`): bytes, or the items of a sequence. */
export type Elements = ReadonlyMap<number, Buffer | readonly Elements[]>;

/** The sequences that occur in what we read; without VR nothing else tells them from values. */
const SEQUENCES = new Set([0x0008_1198, 0x0008_1199]);
const ITEM = 0xfffe_e000;
const UNDEFINED = 0xffff_ffff;

/** Text of even length, padded by a space. */
export const text = (value: string): Buffer => Buffer.from(value.length % 2 === 0 ? value : `${value} `, 'latin1');
/** A UID of even length, padded by NUL. */
export const uid = (value: string): Buffer => Buffer.from(value.length % 2 === 0 ? value : `${value}\0`, 'latin1');
/** US: 16 bits. */
export function us(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

/** Bytes of the elements, in the order of their tags. */
export function encode(elements: Elements): Buffer {
  const parts = [...elements]
    .sort(([a], [b]) => a - b)
    .flatMap(([tag, value]) => {
      const bytes = Buffer.isBuffer(value) ? value : Buffer.concat(value.map(encodeItem));
      return [header(tag, bytes.length), bytes];
    });
  return Buffer.concat(parts);
}

function encodeItem(item: Elements): Buffer {
  const bytes = encode(item);
  return Buffer.concat([header(ITEM, bytes.length), bytes]);
}

function header(tag: number, length: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(tag >>> 16, 0);
  bytes.writeUInt16LE(tag & 0xffff, 2);
  bytes.writeUInt32LE(length, 4);
  return bytes;
}

/**
 * The elements that bytes hold.
 * @throws RangeError where they end too early
 */
export function decode(bytes: Buffer): Elements {
  return new Reader(bytes).elements(bytes.length);
}

/** Text of an element, without padding; empty when there is none. */
export function textOf(elements: Elements, tag: number): string {
  const value = elements.get(tag);
  return Buffer.isBuffer(value)
    ? value
        .toString('latin1')
        .replace(/[\0 ]+$/, '')
        .trimStart()
    : '';
}

/** A 16-bit number; null when there is none. */
export function numberOf(elements: Elements, tag: number): number | null {
  const value = elements.get(tag);
  return Buffer.isBuffer(value) && value.length >= 2 ? value.readUInt16LE(0) : null;
}

/** Items of a sequence; none when it is not there. */
export function itemsOf(elements: Elements, tag: number): readonly Elements[] {
  const value = elements.get(tag);
  return value === undefined || Buffer.isBuffer(value) ? [] : value;
}

class Reader {
  #at = 0;

  constructor(private readonly bytes: Buffer) {}

  /** Elements up to `end`, or to the delimiter of an item of undefined length. */
  elements(end: number): Elements {
    const found = new Map<number, Buffer | readonly Elements[]>();
    while (this.#at < end) {
      const { tag, length } = this.#header();
      if (tag >>> 16 === 0xfffe) break;
      if (length === UNDEFINED || SEQUENCES.has(tag)) found.set(tag, this.#items(length));
      else found.set(tag, this.#value(length));
    }
    return found;
  }

  #items(length: number): readonly Elements[] {
    const end = length === UNDEFINED ? this.bytes.length : this.#at + length;
    const items: Elements[] = [];
    while (this.#at < end) {
      const item = this.#header();
      if (item.tag !== ITEM) break;
      items.push(this.elements(item.length === UNDEFINED ? this.bytes.length : this.#at + item.length));
    }
    return items;
  }

  #header(): { readonly tag: number; readonly length: number } {
    const at = this.#at;
    this.#at += 8;
    const group = this.bytes.readUInt16LE(at);
    return { tag: group * 0x1_0000 + this.bytes.readUInt16LE(at + 2), length: this.bytes.readUInt32LE(at + 4) };
  }

  #value(length: number): Buffer {
    if (this.#at + length > this.bytes.length) throw new RangeError('an element ends after its data set');
    const value = this.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }
}
