import type { Random } from './random.js';

const LENGTHS = [0, 1, 7, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff] as const;
const VRS = ['SQ', 'UN', 'OB', 'OW', 'UT', 'UI', 'DS', 'IS', 'FL', 'FD', 'US', 'LO', 'PN', 'ZZ', '\0\0'] as const;
const MARKS = ['feff00e0', 'feff0de0', 'feffdde0', 'fffee000', 'e07f1000', '08000500', '53510000', '554e0000'] as const;
const MAX_BYTES = 200_000;

type Mutation = (bytes: Buffer, random: Random, seeds: readonly Buffer[]) => Buffer;
/** By name. */
export type Mutations = Readonly<Record<string, Mutation>>;

export const DICOM_MUTATIONS: Mutations = {
  'bits flipped': (bytes, random) => {
    for (let i = 1 + random.below(8); i > 0; i--) {
      const at = random.below(bytes.length);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
    }
    return bytes;
  },
  'bytes replaced': (bytes, random) => {
    for (let i = 1 + random.below(16); i > 0; i--) bytes[random.below(bytes.length)] = random.below(256);
    return bytes;
  },
  'lengths corrupted': (bytes, random) => {
    const at = random.below(bytes.length);
    const length = random.of(LENGTHS);
    if (random.below(2) === 0 && at + 4 <= bytes.length) bytes.writeUInt32LE(length, at);
    else if (at + 2 <= bytes.length) bytes.writeUInt16LE(length & 0xffff, at);
    return bytes;
  },
  'cut off': (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  'spliced with another': (bytes, random, seeds) => {
    const other = random.of(seeds);
    return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))]);
  },
  'a part repeated': (bytes, random) => {
    const from = random.below(bytes.length);
    const part = bytes.subarray(from, from + 1 + random.below(200));
    const times = 1 + random.below(random.below(20) === 0 ? 1000 : 10);
    return Buffer.concat([bytes.subarray(0, from), ...new Array<Buffer>(times).fill(part), bytes.subarray(from)]);
  },
  'a part taken out': (bytes, random) => {
    const from = random.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random.below(64))]);
  },
  'value representations swapped': (bytes, random) => {
    const places: number[] = [];
    for (let at = 4; at + 2 <= bytes.length; at++)
      if (isCapital(bytes[at]) && isCapital(bytes[at + 1])) places.push(at);
    if (places.length > 0) bytes.write(random.of(VRS), random.of(places), 'latin1');
    return bytes;
  },
  'marks written in': (bytes, random) => {
    const at = random.below(bytes.length);
    Buffer.from(random.of(MARKS), 'hex').copy(bytes, at);
    if (random.below(2) === 0 && at + 8 <= bytes.length) bytes.writeUInt32LE(random.of(LENGTHS), at + 4);
    return bytes;
  },
};

const NUMBERS = ['0', '-1', '65536', '100000', '1e309', '-0', '.5', '0x10', 'NaN', '', '9'.repeat(400), '٣'] as const;
const CHARACTERS = [
  '\0',
  '\n',
  '\r',
  '\r\n',
  ',',
  ',,',
  '"',
  '\t',
  '\u001b[2J',
  '\u202e',
  '\ufeff',
  '<b>',
  '[',
  '{',
] as const;

/** The same on text, with mutations that leave it text. */
export const TEXT_MUTATIONS: Mutations = {
  ...pick(['bits flipped', 'bytes replaced', 'cut off', 'spliced with another', 'a part repeated', 'a part taken out']),
  'a number replaced': (bytes, random) => {
    const numbers = [...bytes.toString('latin1').matchAll(/\d+/g)];
    if (numbers.length === 0) return bytes;
    const { index, 0: digits } = random.of(numbers);
    return spliced(bytes, index, digits.length, random.of(NUMBERS));
  },
  'a line moved': (bytes, random) => {
    const lines = bytes.toString('latin1').split('\n');
    const [line = ''] = lines.splice(random.below(lines.length), 1);
    lines.splice(random.below(lines.length + 1), 0, line);
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  'a line doubled': (bytes, random) => {
    const lines = bytes.toString('latin1').split('\n');
    const at = random.below(lines.length);
    lines.splice(at, 0, lines[at] ?? '');
    return Buffer.from(lines.join('\n'), 'latin1');
  },
  'characters written in': (bytes, random) => spliced(bytes, random.below(bytes.length), 0, random.of(CHARACTERS)),
};

function pick(names: readonly string[]): Mutations {
  return Object.fromEntries(Object.entries(DICOM_MUTATIONS).filter(([name]) => names.includes(name)));
}

function spliced(bytes: Buffer, at: number, length: number, text: string): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(text), bytes.subarray(at + length)]);
}

export interface Mutated {
  readonly bytes: Buffer;
  readonly by: readonly string[];
}

/** A seed with one to four mutations, one upon the other. */
export function mutate(seeds: readonly Buffer[], random: Random, mutations: Mutations): Mutated {
  const names = Object.keys(mutations);
  let bytes = Buffer.from(random.of(seeds));
  const by: string[] = [];
  for (let i = 1 + random.below(4); i > 0 && bytes.length > 0; i--) {
    const name = random.of(names);
    const mutation = mutations[name];
    if (mutation === undefined) throw new Error(`no mutation ${name}`);
    bytes = Buffer.from(mutation(bytes, random, seeds).subarray(0, MAX_BYTES));
    by.push(name);
  }
  return { bytes, by };
}

const isCapital = (byte: number | undefined): boolean => byte !== undefined && byte >= 0x41 && byte <= 0x5a;
