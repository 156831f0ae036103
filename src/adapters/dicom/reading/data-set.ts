import type { DataSet, Element } from 'dicom-parser';
import { parseBounded } from './bounded-parsing.js';
import type { Parsed } from './bounded-parsing.js';
import { decodeText } from './character-sets.js';
import type { Encoding } from './data-set-start.js';
import { TAG } from './tags.js';
import { unpadded } from './unpadded.js';

// A 17-digit decimal string breaks the standard's length but not its meaning.
const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
// Control characters, and the separators and marks that break lines or turn the direction of text.
const NOT_TEXT = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu;
const MAX_TEXT = 256;
/** The longest name that the standard allows is 5 x 64 characters of at most 4 bytes; what is behind is not shown anyway. */
const MAX_TEXT_BYTES = 4096;
/** Codes, UIDs and lists of decimal numbers: a hundred thousand numbers, and no more memory than that takes. */
const MAX_VALUE_BYTES = 1024 * 1024;
/** A million coordinates, more than ten times the largest layer. */
const MAX_BINARY_BYTES = 4 * 1024 * 1024;
/** UIDs have at most 64 characters; some go into rows and messages. */
const MAX_CODE = 256;
const MAX_NUMBER_CHARACTERS = 64;
const MAX_CHARACTER_SET_BYTES = 1024;
const ITEM_END = 'xfffee00d';
const BINARY = { FL: 4, FD: 8, US: 2, SS: 2, UL: 4, SL: 4 } as const;
type BinaryVr = keyof typeof BINARY;

/** A value lies behind the end of the bytes. */
export class EndOfBytes extends Error {
  override readonly name = 'EndOfBytes';
}

/** A value longer than any that could be meant. */
export class ValueTooLong extends EndOfBytes {}

export interface ParsedBytes {
  readonly dataSet: DicomDataSet;
  /** False when the bytes ended, or stopped making sense, before the data set did. */
  readonly whole: boolean;
  /** Why the rest was not read, though the bytes go on: no more bytes help. Null when that is not so. */
  readonly refused: 'too-many-elements' | 'too-deep' | null;
}

/**
 * Parses the elements from the start on, up to `untilTag` (included, without its value).
 * Never throws for what the bytes hold: what could be read up to the damage is there, and `whole` is false.
 */
export function parseDataSet(bytes: Buffer, encoding: Exclude<Encoding, 'deflated'>, untilTag?: string): ParsedBytes {
  const parsed = parseBounded(bytes, encoding, untilTag);
  const { elements, outcome } = parsed;
  const dataSet = DicomDataSet.root(elements, bytes, encoding === 'explicit-big');
  const refused = outcome === 'too-deep' || outcome === 'too-many-elements' ? outcome : null;
  return { dataSet, whole: isWhole(parsed, bytes, untilTag), refused };
}

function isWhole({ elements, outcome }: Parsed, bytes: Buffer, untilTag: string | undefined): boolean {
  if (outcome !== 'read') return false;
  // Whoever reached the tag walked through everything before it.
  if (untilTag !== undefined && elements[untilTag] !== undefined) return true;
  return isSound(elements, bytes.length, bytes);
}

/**
 * In implicit VR the parser steps over the end, or out of an item, without a word; an undefined length that nothing ends
 * gives but a warning. So the extents of what it found are looked at here, items and their elements included.
 */
function isSound(elements: DataSet['elements'], end: number, bytes: Buffer): boolean {
  return Object.values(elements).every((element) => {
    if (element.tag === ITEM_END) return true;
    const elementEnd = element.dataOffset + element.length;
    if (elementEnd > end) return false;
    if (element.items === undefined) return true;
    if (element.hadUndefinedLength === true && !isSequenceEnd(bytes, elementEnd)) return false;
    return element.items.every((item) => isSoundItem(item, elementEnd, bytes));
  });
}

function isSoundItem(item: Element, sequenceEnd: number, bytes: Buffer): boolean {
  const elements = item.dataSet?.elements ?? {};
  const itemEnd = item.dataOffset + item.length;
  if (itemEnd > sequenceEnd) return false;
  if (item.hadUndefinedLength === true && elements[ITEM_END] === undefined) return false;
  return isSound(elements, itemEnd, bytes);
}

/** (FFFE,E0DD) in either byte order. */
function isSequenceEnd(bytes: Buffer, at: number): boolean {
  if (at + 4 > bytes.length) return false;
  const tag = bytes.readUInt32LE(at);
  return tag === 0xe0ddfffe || tag === 0xdde0feff;
}

/** Elements of a data set or of an item, with the traps of real files taken out. */
export class DicomDataSet {
  private constructor(
    private readonly elements: Readonly<Record<string, Element | undefined>>,
    private readonly bytes: Buffer,
    private readonly bigEndian: boolean,
    private readonly characterSet: readonly string[],
  ) {}

  static root(elements: DataSet['elements'], bytes: Buffer, bigEndian: boolean): DicomDataSet {
    const plain = new DicomDataSet(elements, bytes, bigEndian, []);
    const extent = plain.has(TAG.specificCharacterSet) ? plain.extent(TAG.specificCharacterSet) : null;
    const isUsable = extent !== null && extent.length <= MAX_CHARACTER_SET_BYTES;
    const characterSet = isUsable ? plain.strings(TAG.specificCharacterSet) : [];
    return characterSet.length === 0 ? plain : new DicomDataSet(elements, bytes, bigEndian, characterSet);
  }

  /** The element is there and its value within the bytes; the value may be empty. */
  has(tag: string): boolean {
    const element = this.elements[tag];
    return element !== undefined && element.dataOffset + element.length <= this.bytes.length;
  }

  /** Highest tag that was read, for telling whether a prefix of a file was enough. */
  get lastTag(): string {
    let last = '';
    for (const tag in this.elements) if (tag > last) last = tag;
    return last;
  }

  /** Place and length of the value as the file says, whether or not it lies within the bytes. */
  extent(tag: string): { readonly at: number; readonly length: number; readonly undefinedLength: boolean } | null {
    const element = this.elements[tag];
    if (element === undefined) return null;
    return {
      at: element.dataOffset,
      length: element.length,
      undefinedLength: element.hadUndefinedLength === true || element.length === 0xffffffff,
    };
  }

  /** Values of a code, number or UID string, trimmed; none when absent or empty. */
  strings(tag: string): readonly string[] {
    const value = this.#value(tag);
    if (value === null) return [];
    if (value.length > MAX_VALUE_BYTES) throw new ValueTooLong(`the value of ${tag} is too long`);
    const text = unpadded(value.toString('latin1'));
    if (text === '') return [];
    return text.includes('\\') ? text.split('\\').map(unpadded) : [text];
  }

  /** First value, or null when absent or empty. Throws ValueTooLong where no code or UID could be meant. */
  string(tag: string): string | null {
    const first = this.strings(tag)[0];
    if (first !== undefined && first.length > MAX_CODE) throw new ValueTooLong(`the value of ${tag} is too long`);
    return first === undefined || first === '' ? null : first;
  }

  /** Text for people: decoded, on one line, without control characters, at most 256 characters. */
  text(tag: string): string | null {
    const value = this.#value(tag);
    if (value === null) return null;
    const text = decodeText(value.subarray(0, MAX_TEXT_BYTES), this.characterSet).replace(NOT_TEXT, ' ').trim();
    return text === '' ? null : Array.from(text).slice(0, MAX_TEXT).join('');
  }

  /**
   * Numbers by the VR in the file, or by `vr` where the file writes none (implicit VR, UN). A text that is no number is
   * NaN; none when absent or empty.
   */
  numbers(tag: string, vr: 'DS' | BinaryVr): readonly number[] {
    const value = this.#value(tag);
    if (value === null) return [];
    const written = this.elements[tag]?.vr ?? 'UN';
    const as = written === 'DS' || written === 'IS' ? 'DS' : written in BINARY ? (written as BinaryVr) : vr;
    return as === 'DS' ? this.strings(tag).map(decimal) : this.#binary(value, as);
  }

  /** First number, or null when absent or empty. */
  number(tag: string, vr: 'DS' | BinaryVr): number | null {
    return this.numbers(tag, vr)[0] ?? null;
  }

  /**
   * 32-bit floats of a private element whatever VR it carries: in the byte order of the file only where the file says
   * that they are floats, else little endian, as they were put in; null when absent, NaN for a rest of 1 to 3 bytes.
   */
  privateFloats(tag: string): readonly number[] | null {
    if (!this.has(tag)) return null;
    const value = this.#value(tag) ?? Buffer.alloc(0);
    const big = this.bigEndian && ['FL', 'OF'].includes(this.elements[tag]?.vr ?? '');
    return Array.from({ length: Math.ceil(value.length / 4) }, (_, i) => {
      if (4 * i + 4 > value.length) return NaN;
      return big ? value.readFloatBE(4 * i) : value.readFloatLE(4 * i);
    });
  }

  /** Items of a sequence; none when it is absent or empty. */
  items(tag: string): readonly DicomDataSet[] {
    const items = this.elements[tag]?.items ?? [];
    return items.map(
      (item) => new DicomDataSet(item.dataSet?.elements ?? {}, this.bytes, this.bigEndian, this.characterSet),
    );
  }

  #value(tag: string): Buffer | null {
    const element = this.elements[tag];
    if (element === undefined || element.length === 0) return null;
    const end = element.dataOffset + element.length;
    if (end > this.bytes.length) throw new EndOfBytes(`the value of ${tag} lies behind the end`);
    return this.bytes.subarray(element.dataOffset, end);
  }

  #binary(value: Buffer, vr: BinaryVr): readonly number[] {
    if (value.length > MAX_BINARY_BYTES) throw new ValueTooLong('a list of numbers is too long');
    const width = BINARY[vr];
    const view = new DataView(value.buffer, value.byteOffset, value.length);
    const little = !this.bigEndian;
    const numbers = new Array<number>(Math.floor(value.length / width));
    for (let i = 0; i < numbers.length; i++) numbers[i] = readBinary(view, vr, i * width, little);
    return numbers;
  }
}

function readBinary(view: DataView, vr: BinaryVr, at: number, little: boolean): number {
  switch (vr) {
    case 'FL':
      return view.getFloat32(at, little);
    case 'FD':
      return view.getFloat64(at, little);
    case 'US':
      return view.getUint16(at, little);
    case 'SS':
      return view.getInt16(at, little);
    case 'UL':
      return view.getUint32(at, little);
    case 'SL':
      return view.getInt32(at, little);
  }
}

const decimal = (text: string): number =>
  text.length <= MAX_NUMBER_CHARACTERS && DECIMAL.test(text) ? Number(text) : NaN;
