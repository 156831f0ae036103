import { parsePlanInfo } from '../../src/adapters/deliveries/plan-info.js';
import { parsePlanRange } from '../../src/adapters/deliveries/plan-range.js';
import { parseScanRows } from '../../src/adapters/deliveries/scan-rows.js';
import { deliveredSpots } from '../../src/domain/delivered-spots.js';
import { aDeliveryLog, TYPICAL_CALIBRATION } from '../builders/a-delivery-log.js';
import { TEXT_MUTATIONS } from './mutate.js';
import { FILE_LIMIT_MIB } from './subject.js';
import type { Subject } from './subject.js';

const MIB = 1024 * 1024;
const SPOT_TOLERANCE_MM = 1;

/** Files of a synthetic delivery: PlanInfo, PlanRange and the scans of its layers; also with other ends of lines. */
function logSeeds(): readonly Buffer[] {
  const files = [...aDeliveryLog().files].map(([, bytes]) => bytes);
  const texts = files.filter((bytes) => !bytes.includes(0)).map((bytes) => bytes.toString('latin1'));
  const unix = texts.map((text) => Buffer.from(text.replaceAll('\r\n', '\n'), 'latin1'));
  const withMark = texts.map((text) => Buffer.from(`\ufeff${text}`));
  return [...files, ...unix, ...withMark];
}

/** The parsers of a Sumitomo machine's delivery logs, the last with the spots its rows are put together to. */
export const logs: Subject = {
  seeds: logSeeds,
  mutations: TEXT_MUTATIONS,
  limitMiB: FILE_LIMIT_MIB,
  // async: what is thrown is a rejection
  readers: {
    PlanInfo: async (bytes) => Promise.resolve(parsePlanInfo(bytes).startLayer > 0),
    PlanRange: async (bytes) => Promise.resolve(parsePlanRange(bytes).length > 0),
    ptn: async (bytes) => {
      const layerNumber = bytes.length < 14 ? 1 : bytes.readUInt16BE(12); // of its first row
      const rows = parseScanRows('a.ptn', bytes, { layerNumber, monitorRangeFactor: 1 }, TYPICAL_CALIBRATION);
      return Promise.resolve(deliveredSpots(rows, SPOT_TOLERANCE_MM).spots.length >= 0);
    },
  },
  hostile: {
    '1 MiB of line ends': () => Buffer.alloc(MIB, '\n'),
    '1 MiB of carriage returns': () => Buffer.alloc(MIB, '\r'),
    '1 MiB of commas': () => Buffer.alloc(MIB, ','),
    '1 MiB of blanks': () => Buffer.alloc(MIB, ' '),
    'a line of 1 MiB': () => Buffer.alloc(MIB, 'a'),
    '349,525 lines of a comma and a digit': () => Buffer.alloc(MIB, ',1\n'),
    '262,144 lines KEY,value of one key': () => Buffer.alloc(MIB, 'a,1\n'),
    '90,000 keys': () => text(90_000, (i) => `${String(i)},1`),
    'a number of 1 MiB of digits': () => text(2, () => `,1,${'7'.repeat(MIB / 2 - 100)},,,1,,,,a.ptn`),
    'a file name of half a MiB of dots': () => text(2, () => `,1,70,,,1,,,,${'.'.repeat(MIB / 2 - 100)}ptn`),
    '30,000 layers': () => text(30_001, (i) => `,${String(i)},70,,,1,,,,a.ptn`),
    'layers in falling order': () => text(30_001, (i) => `,${String(40_000 - i)},70,,,1,,,,a.ptn`),
    'a text of 1 MiB and a byte': () => Buffer.alloc(MIB + 1, 'a,1\n'),
    'a scan of 4 MiB, each row a spot': () => scan(4 * MIB, (row) => [(row % 2) * 0xffff, 0xffff, 0xffff, 0x4000]),
    'a scan of 4 MiB, the beam off and on': () => scan(4 * MIB, (row) => [0, 0, 0xffff, (row % 2) * 0x4000]),
    'a scan of 4 MiB without a count': () => scan(4 * MIB, () => [0xffff, 0, 0, 0x4000]),
    'a scan of 4 MiB and a row': () => scan(4 * MIB + 16, () => [0, 0, 0, 0]),
    'a scan of 64 MiB': () => Buffer.alloc(64 * MIB, 1),
    'an empty file': () => Buffer.alloc(0),
  },
};

const text = (lines: number, line: (i: number) => string): Buffer =>
  Buffer.from(Array.from({ length: lines }, (_, i) => line(i)).join('\n'));

type Row = readonly [x: number, y: number, dose1: number, flags: number];

/** Rows of layer 1. */
function scan(length: number, row: (i: number) => Row): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i * 16 < length; i++) {
    const [x, y, dose1, flags] = row(i);
    [x, y, 1, 1, dose1, 0, 1, flags].forEach((value, k) => bytes.writeUInt16BE(value, i * 16 + k * 2));
  }
  return bytes;
}
