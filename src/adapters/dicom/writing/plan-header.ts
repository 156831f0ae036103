import { readFileSync } from 'node:fs';
import { permanent } from '../../../domain/errors.js';
import { type DicomDataSet, parseDataSet } from '../reading/data-set.js';
import { locateDataSet } from '../reading/data-set-start.js';
import { inflatePrefix } from '../reading/inflate.js';
import { TAG } from '../reading/tags.js';
import { type DataSet, EncodedBytes } from './data-set.js';

/** What an RT Dose takes over from the plan it belongs to. */
export interface PlanHeader {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string | null;
  readonly frameOfReferenceUid: string | null;
  /** Patient, study and character set as they stand in the plan, byte by byte; what is illegal or absent is empty. */
  readonly carriedOver: DataSet;
  /** Fraction group of the beam, by ReferencedBeamNumber; the first where none names it, null where there is none. */
  readonly fractionGroupOf: (beamNumber: number) => number | null;
}

/** Elements copied from the plan: those that planning systems and archives match on, and must not find changed. */
const CARRIED_OVER = {
  SpecificCharacterSet: 'x00080005',
  StudyDate: 'x00080020',
  StudyTime: 'x00080030',
  AccessionNumber: 'x00080050',
  ReferringPhysicianName: 'x00080090',
  StudyDescription: 'x00081030',
  PatientName: 'x00100010',
  PatientID: 'x00100020',
  PatientBirthDate: 'x00100030',
  PatientSex: 'x00100040',
  StudyID: 'x00200010',
} as const;
type CarriedOver = keyof typeof CARRIED_OVER;

/** Plans hold illegal values (domain: real files): carried on, they would make our object illegal too. */
const LEGAL: Partial<Record<CarriedOver, (text: string) => boolean>> = {
  StudyDate: isDate,
  PatientBirthDate: isDate,
  StudyTime: (text) => /^([01]\d|2[0-3])([0-5]\d([0-5]\d(\.\d{1,6})?)?)?$/.test(text),
  PatientSex: (text) => ['M', 'F', 'O'].includes(text),
};
/** Elements that may be absent but not empty. */
const NEVER_EMPTY: readonly CarriedOver[] = ['SpecificCharacterSet', 'StudyDescription'];

const LONGEST_PLAN_BYTES = 512 * 1024 * 1024;

/** Reads the plan's file. Throws permanent `dose.plan-unreadable`: validation has read it before. */
export async function readPlanHeader(path: string): Promise<PlanHeader> {
  const { dataSet, bytes } = await readPlanDataSet(path);
  const sopClassUid = dataSet.string(TAG.sopClassUid);
  const sopInstanceUid = dataSet.string(TAG.sopInstanceUid);
  if (sopClassUid === null || sopInstanceUid === null) throw unreadable();
  const groups = fractionGroups(dataSet);
  return {
    sopClassUid,
    sopInstanceUid,
    studyInstanceUid: dataSet.string(TAG.studyInstanceUid),
    frameOfReferenceUid: dataSet.string(TAG.frameOfReferenceUid),
    carriedOver: carryOver(dataSet, bytes),
    fractionGroupOf: (beamNumber) =>
      (groups.find((group) => group.beams.includes(beamNumber)) ?? groups[0])?.number ?? null,
  };
}

/** The plan's elements, and the bytes that their extents count in. Throws permanent `dose.plan-unreadable`. */
export async function readPlanDataSet(
  path: string,
): Promise<{ readonly dataSet: DicomDataSet; readonly bytes: Buffer }> {
  const file = readFileSync(path);
  const start = locateDataSet(file);
  if (typeof start === 'string') throw unreadable();
  const { encoding } = start;
  const body = file.subarray(start.at);
  const bytes = encoding === 'deflated' ? (await inflatePrefix(body, LONGEST_PLAN_BYTES))?.bytes : body;
  if (bytes === undefined) throw unreadable();
  const { dataSet } = parseDataSet(bytes, encoding === 'deflated' ? 'explicit-little' : encoding);
  return { dataSet, bytes };
}

function carryOver(dataSet: DicomDataSet, bytes: Buffer): DataSet {
  const carried: Record<string, EncodedBytes | null> = {};
  for (const [keyword, tag] of Object.entries(CARRIED_OVER) as [CarriedOver, string][]) {
    const place = dataSet.has(tag) ? dataSet.extent(tag) : null;
    const value = place === null ? Buffer.alloc(0) : bytes.subarray(place.at, place.at + place.length);
    const text = value.toString('latin1').replace(/[\0 ]+$/, '');
    const legal = text !== '' && (LEGAL[keyword]?.(text) ?? true);
    if (legal) carried[keyword] = new EncodedBytes(Buffer.from(text, 'latin1'));
    else if (!NEVER_EMPTY.includes(keyword)) carried[keyword] = null;
  }
  return carried;
}

function fractionGroups(plan: DicomDataSet): readonly { readonly number: number; readonly beams: readonly number[] }[] {
  return plan.items(TAG.fractionGroupSequence).flatMap((group) => {
    const number = group.number(TAG.fractionGroupNumber, 'DS');
    if (number === null || !Number.isInteger(number)) return [];
    const beams = group.items(TAG.referencedBeamSequence).map((beam) => beam.number(TAG.referencedBeamNumber, 'DS'));
    return [{ number, beams: beams.filter((beam) => beam !== null) }];
  });
}

function isDate(text: string): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.getUTCDate() === Number(day);
}

const unreadable = (): Error =>
  permanent('dose.plan-unreadable', "the case's copy of the RT Ion Plan can no longer be read");
