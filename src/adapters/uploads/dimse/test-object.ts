import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CaseError, toCaseError } from '../../../domain/errors.js';
import type { StoringTest } from '../../../ports/upload-target.js';
import { EXPLICIT } from './association.js';
import { type DoseObject, readDoseObject } from './dose-object.js';
import { text, uid, us } from './elements.js';
import { IMPLEMENTATION_UID } from './pdu.js';
import { RT_DOSE } from './services.js';

/*
 * A test object for `mqi doctor`: an RT Dose of 2 x 2 x 2 voxels, all zero, of a patient that says what it is. RT Dose because that
 * is what the peer must take; its plan does not exist. All of them have one study and one series, so that a site finds and
 * removes together what was left; each has an instance UID of its own, for the same one again would not be stored.
 */

const PATIENT_ID = 'MQI-TEST';
const WORDS = 'Test object of mqi doctor, not for use';
const STUDY_UID = '2.25.165712388413371931920137408150731902721';
const SERIES_UID = '2.25.165712388413371931920137408150731902722';
const FRAME_UID = '2.25.165712388413371931920137408150731902723';
const PLAN_UID = '2.25.165712388413371931920137408150731902724';
const ION_PLAN = '1.2.840.10008.5.1.4.1.1.481.8';
const OFFSETS_TAG = Buffer.from([0x04, 0x30, 0x0c, 0x00]);

/**
 * Stores the object by `store`, which proves it and gives words for how, then takes it back by `remove`, which gives words for what is
 * left. Whatever happens, the words say what may lie there now.
 */
export async function tryStoring(
  store: (object: DoseObject, bytes: number) => Promise<string>,
  remove: (object: DoseObject) => Promise<string>,
): Promise<StoringTest> {
  const folder = await mkdtemp(join(tmpdir(), 'mqi-doctor-'));
  try {
    const { object, bytes } = await written(join(folder, 'test.dcm'));
    let failure: CaseError | null = null;
    let proof = '';
    try {
      proof = await store(object, bytes);
    } catch (thrown) {
      failure = toCaseError(thrown);
    }
    const what = `RT Dose ${object.sopInstanceUid} of patient ${PATIENT_ID}, study ${STUDY_UID}`;
    const left = await remove(object).catch((thrown: unknown) => `may be left there (${toCaseError(thrown).message})`);
    if (failure === null) return { ok: true, words: `stored and proven (${proof}): ${what}, ${left}` };
    return { ok: false, words: `${failure.message}; ${failure.remedy}; ${what}, if it was kept: ${left}` };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function written(path: string): Promise<{ readonly object: DoseObject; readonly bytes: number }> {
  const sopInstanceUid = `2.25.${String(BigInt(`0x${randomUUID().replaceAll('-', '')}`))}`;
  const file = testObject(sopInstanceUid);
  await writeFile(path, file);
  const sha256 = createHash('sha256').update(file).digest('hex');
  const bytes = file.length;
  return { object: await readDoseObject({ path, sha256, sopInstanceUid, bytes, beamNumber: null }), bytes };
}

/** A DICOM file, explicit VR little endian; the elements of each group in the order of their tags. */
function testObject(sopInstanceUid: string): Buffer {
  const meta = Buffer.concat([
    element(0x0002_0001, 'OB', Buffer.from([0, 1])),
    element(0x0002_0002, 'UI', RT_DOSE),
    element(0x0002_0003, 'UI', sopInstanceUid),
    element(0x0002_0010, 'UI', EXPLICIT),
    element(0x0002_0012, 'UI', IMPLEMENTATION_UID),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const start = Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x0002_0000, 'UL', length), meta]);
  return Buffer.concat([start, whose(sopInstanceUid), grid(), dose()]);
}

const whose = (sopInstanceUid: string): Buffer =>
  Buffer.concat([
    element(0x0008_0016, 'UI', RT_DOSE),
    element(0x0008_0018, 'UI', sopInstanceUid),
    element(0x0008_0020, 'DA', ''),
    element(0x0008_0030, 'TM', ''),
    element(0x0008_0050, 'SH', ''),
    element(0x0008_0060, 'CS', 'RTDOSE'),
    element(0x0008_0070, 'LO', 'MQI Communicator'),
    element(0x0008_0090, 'PN', ''),
    element(0x0008_1030, 'LO', WORDS),
    element(0x0008_1070, 'PN', ''),
    element(0x0010_0010, 'PN', 'MQI^TEST OBJECT'),
    element(0x0010_0020, 'LO', PATIENT_ID),
    element(0x0010_0030, 'DA', ''),
    element(0x0010_0040, 'CS', ''),
    element(0x0018_0050, 'DS', '3'),
    element(0x0020_000d, 'UI', STUDY_UID),
    element(0x0020_000e, 'UI', SERIES_UID),
    element(0x0020_0010, 'SH', ''),
    element(0x0020_0011, 'IS', ''),
    element(0x0020_0013, 'IS', ''),
    element(0x0020_0032, 'DS', '0\\0\\0'),
    element(0x0020_0037, 'DS', '1\\0\\0\\0\\1\\0'),
    element(0x0020_0052, 'UI', FRAME_UID),
    element(0x0020_1040, 'LO', ''),
  ]);

const grid = (): Buffer =>
  Buffer.concat([
    element(0x0028_0002, 'US', us(1)),
    element(0x0028_0004, 'CS', 'MONOCHROME2'),
    element(0x0028_0008, 'IS', '2'),
    element(0x0028_0009, 'AT', OFFSETS_TAG),
    element(0x0028_0010, 'US', us(2)),
    element(0x0028_0011, 'US', us(2)),
    element(0x0028_0030, 'DS', '3\\3'),
    element(0x0028_0100, 'US', us(16)),
    element(0x0028_0101, 'US', us(16)),
    element(0x0028_0102, 'US', us(15)),
    element(0x0028_0103, 'US', us(0)),
  ]);

function dose(): Buffer {
  const plan = Buffer.concat([element(0x0008_1150, 'UI', ION_PLAN), element(0x0008_1155, 'UI', PLAN_UID)]);
  const item = Buffer.alloc(8);
  item.writeUInt32LE(0xe000_fffe);
  item.writeUInt32LE(plan.length, 4);
  return Buffer.concat([
    element(0x3004_0002, 'CS', 'GY'),
    element(0x3004_0004, 'CS', 'PHYSICAL'),
    element(0x3004_0006, 'LO', WORDS),
    element(0x3004_000a, 'CS', 'PLAN'),
    element(0x3004_000c, 'DS', '0\\3'),
    element(0x3004_000e, 'DS', '0.001'),
    element(0x300c_0002, 'SQ', Buffer.concat([item, plan])),
    element(0x7fe0_0010, 'OW', Buffer.alloc(2 * 2 * 2 * 2)),
  ]);
}

/** VRs whose length takes 32 bits (PS3.5 section 7.1.2). */
const LONG = ['OB', 'OW', 'SQ'];

function element(tag: number, vr: string, value: string | Buffer): Buffer {
  const bytes = Buffer.isBuffer(value) ? value : vr === 'UI' ? uid(value) : text(value);
  const isLong = LONG.includes(vr);
  const head = Buffer.alloc(isLong ? 12 : 8);
  head.writeUInt16LE(tag >>> 16, 0);
  head.writeUInt16LE(tag & 0xffff, 2);
  head.write(vr, 4, 'latin1');
  if (isLong) head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}
