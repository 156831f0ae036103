import { deflateRawSync } from 'node:zlib';
import { dicomFile, element } from '../builders/dicom-bytes.js';
import type { RawElement, RawEncoding } from '../builders/dicom-bytes.js';
import { rawCtSlice } from '../builders/raw-ct-slice.js';
import { FRAME_UID, rawIonPlan } from '../builders/raw-ion-plan.js';

const ENCODINGS: readonly RawEncoding[] = ['implicit-little', 'explicit-little', 'explicit-big', 'deflated'];

/** Synthetic plans, slices and structure sets in every encoding, with lengths given and with ends marked. */
export function dicomSeeds(): readonly Buffer[] {
  const objects = [
    rawIonPlan(),
    rawIonPlan({ beams: [{ number: 1 }, { number: 2, unpaired: true }] }),
    rawCtSlice({ z: 3 }),
    structureSet(),
    [...rawIonPlan(), element('0008,0005', 'CS', '\\ISO 2022 IR 87'), element('0009,1010', 'UN', Buffer.alloc(40, 7))],
  ];
  return objects.flatMap((elements) =>
    ENCODINGS.flatMap((encoding) => [
      dicomFile(elements, { encoding }),
      dicomFile(elements, { encoding, undefinedLengths: true, meta: 'no-length' }),
      dicomFile(elements, { encoding, preamble: false, meta: encoding === 'deflated' ? 'wrong-length' : 'none' }),
    ]),
  );
}

function structureSet(): readonly RawElement[] {
  const series = [
    element('0020,000e', 'UI', '1.2.3.4.70'),
    element('3006,0016', 'SQ', [[element('0008,1155', 'UI', '1.1')], [element('0008,1155', 'UI', '1.2')]]),
  ];
  const frame = [
    element('0020,0052', 'UI', FRAME_UID),
    element('3006,0012', 'SQ', [[element('3006,0014', 'SQ', [series])]]),
  ];
  return [
    element('0008,0016', 'UI', '1.2.840.10008.5.1.4.1.1.481.3'),
    element('0008,0018', 'UI', '1.2.3.4.8'),
    element('0010,0020', 'LO', 'PID-1'),
    element('3006,0010', 'SQ', [frame]),
    element('3006,0039', 'SQ', [[element('3006,0084', 'IS', '1')]]),
  ];
}

/** Inputs made on purpose, each the worst of its kind, by name. Each is made when it is wanted. */
export const HOSTILE: Readonly<Record<string, () => Buffer>> = {
  '10,000 sequences within each other, ends marked': () => nested('explicit-little', 10_000),
  '10,000 sequences within each other, implicit': () => nested('implicit-little', 10_000),
  '100,000 sequences within each other': () => nested('explicit-little', 100_000),
  '10,000 sequences within each other in a plan': () => Buffer.concat([plan(), nestedBody('explicit-little', 10_000)]),
  'a deflated bomb of zeros, 64 MiB': () => deflated(Buffer.alloc(64 * 1024 * 1024)),
  'a deflated bomb of tiny elements, 32 MiB': () => deflated(tinyElements('explicit-little', 4_000_000)),
  'a deflated plan with a bomb in it': () =>
    deflated(bodyOf([...rawIonPlan(), element('300a,0003', 'UT', Buffer.alloc(60_000_000, 32))])),
  'a million tiny elements, explicit': () => behindHead('explicit-little', tinyElements('explicit-little', 1_000_000)),
  'a million tiny elements, implicit': () => behindHead('implicit-little', tinyElements('implicit-little', 1_000_000)),
  'a million empty items, implicit': () => behindHead('implicit-little', emptyItems(1_000_000)),
  'half a million spaces inside a UID': () => longValue('0020,000d', 'UI', ' ', 500_000),
  'half a million spaces inside the class UID': () => longValue('0008,0016', 'UI', ' ', 500_000),
  'half a million digits as a number': () => longValue('0020,0032', 'DS', '1', 500_000),
  'half a million digits as a character set': () => longValue('0008,0005', 'CS', '1', 500_000),
  'twenty million backslashes as a position': () => longValue('0020,0032', 'DS', '\\', 20_000_000),
  'twenty million characters as a patient ID': () => longValue('0010,0020', 'LO', 'é', 10_000_000),
  'a transfer syntax with 60,000 spaces': () =>
    dicomFile(rawIonPlan(), { transferSyntaxUid: `1${' '.repeat(60_000)}1` }),
  'a plan of 23 MiB, 960,000 spots': () => largePlan(24_000, false),
  'a plan of 23 MiB, 2 million spots': () => largePlan(50_000, true),
  'a plan of 60 MiB': () => largePlan(130_000, true),
  'a slice of 23 MiB of 8-bit pixels': () =>
    dicomFile(rawCtSlice({ z: 1, rows: 0, columns: 0, changes: LARGE_SLICE }), { encoding: 'implicit-little' }),
  'a length of 4 GB in the first element': () => withLength(0xfffffffe),
  'an undefined length in the first element': () => withLength(0xffffffff),
};

const LARGE_SLICE = {
  '0028,0010': element('0028,0010', 'US', [4_800]),
  '0028,0011': element('0028,0011', 'US', [5_000]),
  '0028,0100': element('0028,0100', 'US', [8]),
  '0028,0101': element('0028,0101', 'US', [8]),
  '0028,0102': element('0028,0102', 'US', [7]),
  '7fe0,0010': element('7fe0,0010', 'OW', Buffer.alloc(24_000_000, 7)),
};

/** One beam of 40 layers; a pair of control points each, or one. */
function largePlan(spotsPerLayer: number, unpaired: boolean): Buffer {
  const spots = Array.from({ length: spotsPerLayer }, (_, i) => ({ x: i % 300, y: i / 300, weight: 1 }));
  const layers = Array.from({ length: 40 }, (_, i) => ({ energyMeV: 200 - i, spots }));
  return dicomFile(rawIonPlan({ beams: [{ number: 1, unpaired, layers }] }), { encoding: 'implicit-little' });
}

const plan = (): Buffer => dicomFile(rawIonPlan());

const bodyOf = (elements: readonly RawElement[]): Buffer => dicomFile(elements, { preamble: false, meta: 'none' });

function deflated(body: Buffer): Buffer {
  const head = dicomFile(rawIonPlan(), { encoding: 'deflated' });
  const headBytes = head.length - deflateRawSync(bodyOf(rawIonPlan())).length;
  return Buffer.concat([head.subarray(0, headBytes), deflateRawSync(body)]);
}

function nested(encoding: 'explicit-little' | 'implicit-little', levels: number): Buffer {
  return behindHead(encoding, nestedBody(encoding, levels));
}

function nestedBody(encoding: 'explicit-little' | 'implicit-little', levels: number): Buffer {
  const head = encoding === 'explicit-little' ? '0e300800' + '53510000ffffffff' : '0e300800' + 'ffffffff';
  const level = Buffer.from(`${head}feff00e0ffffffff`, 'hex');
  const end = Buffer.from('feff0de000000000feffdde000000000', 'hex');
  return Buffer.concat([...new Array<Buffer>(levels).fill(level), ...new Array<Buffer>(levels).fill(end)]);
}

/** A file of one element, the media class of a plan but no SOP class, and then these bytes. */
function behindHead(encoding: 'explicit-little' | 'implicit-little', body: Buffer): Buffer {
  return Buffer.concat([dicomFile([element('0008,0008', 'CS', 'X')], { encoding }), body]);
}

function tinyElements(encoding: 'explicit-little' | 'implicit-little', count: number): Buffer {
  const bytes = Buffer.alloc(count * 8);
  for (let i = 0; i < count; i++) {
    bytes.writeUInt16LE(0x0009 + (i >>> 16), i * 8);
    bytes.writeUInt16LE(i & 0xffff, i * 8 + 2);
    if (encoding === 'explicit-little') bytes.write('CS', i * 8 + 4, 'latin1');
  }
  return bytes;
}

function emptyItems(count: number): Buffer {
  const head = Buffer.from('08000911ffffffff', 'hex');
  return Buffer.concat([head, Buffer.alloc(count * 8, Buffer.from('feff00e000000000', 'hex'))]);
}

function longValue(tag: string, vr: string, filling: string, count: number): Buffer {
  const value = element(tag, vr, `1${filling.repeat(count)}x`);
  const others = rawCtSlice({ z: 1 }).filter((one) => one.tag !== tag);
  const body = dicomFile([...others, value], { encoding: 'implicit-little', preamble: false, meta: 'none' });
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), body]);
}

function withLength(length: number): Buffer {
  const bytes = dicomFile(rawIonPlan(), { preamble: false, meta: 'none', encoding: 'implicit-little' });
  bytes.writeUInt32LE(length, 4);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), bytes]);
}
