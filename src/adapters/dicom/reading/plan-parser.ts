import { input } from '../../../domain/errors.js';
import type { CaseError } from '../../../domain/errors.js';
import { MAX_PLAN_BYTES, MAX_PLAN_SPOTS } from '../../../domain/plan.js';
import type { IonBeam, IonPlan } from '../../../domain/plan.js';
import { MAX_ELEMENTS } from './bounded-parsing.js';
import { EndOfBytes, parseDataSet } from './data-set.js';
import type { DicomDataSet, ParsedBytes } from './data-set.js';
import { locateDataSet } from './data-set-start.js';
import { inflatePrefix, MAX_INFLATED_BYTES } from './inflate.js';
import { beamNumberOf, isSetupBeam, readBeam } from './plan-beam.js';
import { readFractionGroup } from './plan-fractions.js';
import { element, missing } from './plan-numbers.js';
import { SOP_CLASS, TAG } from './tags.js';

const SOP_INSTANCE = element(TAG.sopInstanceUid, 'SOP Instance UID');
const STUDY = element(TAG.studyInstanceUid, 'Study Instance UID');
const UNIT = element(TAG.dosimeterUnit, 'Primary Dosimeter Unit');

/**
 * An RT Ion Plan from the bytes of its file, read as docs/dicom-conformance.md says.
 * @throws input `plan.truncated`, `plan.not-ion`, `plan.too-large`, `plan.too-complex` and all that the parts throw, naming beam and element
 */
export async function parsePlan(file: Buffer): Promise<IonPlan> {
  const { dataSet, whole, refused } = await planDataSet(file);
  try {
    const sopClassUid = dataSet.string(TAG.sopClassUid);
    if (whole && sopClassUid !== SOP_CLASS.ionPlan) throw notIon();
    if (refused !== null) throw tooComplex(refused);
    if (!whole) throw truncated();
    return readPlan(dataSet);
  } catch (thrown) {
    if (thrown instanceof EndOfBytes) throw truncated(thrown);
    throw thrown;
  }
}

async function planDataSet(file: Buffer): Promise<ParsedBytes> {
  if (file.length > MAX_PLAN_BYTES) throw tooLarge();
  const start = locateDataSet(file);
  if (start === 'not-dicom' || start === 'empty' || start === 'more') throw truncated();
  const body = file.subarray(start.at);
  if (start.encoding !== 'deflated') return parseDataSet(body, start.encoding, TAG.pixels);
  const inflated = await inflatePrefix(body, MAX_INFLATED_BYTES);
  if (inflated === null || !inflated.ended) {
    throw inflated !== null && inflated.bytes.length >= MAX_INFLATED_BYTES ? tooLarge(' when inflated') : truncated();
  }
  return parseDataSet(inflated.bytes, 'explicit-little', TAG.pixels);
}

function readPlan(dataSet: DicomDataSet): IonPlan {
  const remarks: string[] = [];
  const { treatment, setupBeams } = sortBeams(dataSet.items(TAG.beamSequence));
  const group = readFractionGroup(dataSet.items(TAG.fractionGroupSequence));
  const beams: IonBeam[] = [];
  let spotsLeft = MAX_PLAN_SPOTS;
  for (const { beam, beamNumber } of treatment) {
    const read = readBeam(beam, beamNumber, group.metersets, spotsLeft);
    spotsLeft -= read.beam.layers.reduce((sum, { meterset }) => sum + meterset.length, 0);
    beams.push(read.beam);
    remarks.push(...read.remarks);
  }
  const frameOfReferenceUid = dataSet.string(TAG.frameOfReferenceUid);
  if (frameOfReferenceUid === null) remarks.push('the plan has no Frame of Reference UID');
  const plan = {
    sopInstanceUid: required(dataSet, SOP_INSTANCE),
    studyInstanceUid: required(dataSet, STUDY),
    frameOfReferenceUid,
    label: dataSet.text(TAG.planLabel) ?? '',
    patientId: dataSet.text(TAG.patientId) ?? '',
    patientPosition: patientPosition(dataSet, treatment),
    referencedStructureSetUid:
      dataSet.items(TAG.referencedStructureSetSequence)[0]?.string(TAG.referencedSopInstanceUid) ?? null,
    fractionGroupNumber: group.number,
    fractionsPlanned: group.fractionsPlanned,
    metersetUnit: metersetUnit(treatment),
    beams,
    setupBeams,
  };
  if (plan.sopInstanceUid === SOP_CLASS.ionPlan) remarks.push('the SOP Instance UID of the plan is its class UID');
  const strangers = [...group.metersets.keys()].filter((n) => !beams.some((b) => b.beamNumber === n));
  const unknown = strangers.filter((n) => !setupBeams.includes(n));
  if (unknown.length > 0) remarks.push(`the fraction group refers to beams the plan has not: ${unknown.join(', ')}`);
  return { ...plan, remarks: [...group.remarks, ...remarks] };
}

interface TreatmentBeam {
  readonly beam: DicomDataSet;
  readonly beamNumber: number;
}

function sortBeams(items: readonly DicomDataSet[]): {
  treatment: readonly TreatmentBeam[];
  setupBeams: readonly number[];
} {
  const treatment: TreatmentBeam[] = [];
  const setupBeams: number[] = [];
  const seen = new Set<number>();
  items.forEach((beam, position) => {
    const beamNumber = beamNumberOf(beam, position);
    if (seen.has(beamNumber)) throw duplicate(beamNumber);
    seen.add(beamNumber);
    if (isSetupBeam(beam)) setupBeams.push(beamNumber);
    else treatment.push({ beam, beamNumber });
  });
  if (treatment.length === 0) throw noBeams(setupBeams.length);
  return { treatment, setupBeams };
}

/** All beams must be in one unit: the doses of a plan are summed. */
function metersetUnit(treatment: readonly TreatmentBeam[]): 'MU' | 'NP' {
  const units = new Set<string>();
  for (const { beam, beamNumber } of treatment) {
    const unit = beam.string(UNIT.tag)?.toUpperCase();
    if (unit === undefined) throw missing(`beam ${String(beamNumber)}`, UNIT);
    units.add(unit);
  }
  const [unit, other] = [...units];
  if (other === undefined && (unit === 'MU' || unit === 'NP')) return unit;
  const what = other === undefined ? 'is neither MU nor NP' : 'differs between beams';
  throw input('plan.meterset-unit', `Primary Dosimeter Unit (300A,00B3) ${what}`, {
    remedy: 'the plan must give every beam in MU, or every beam in number of protons (NP)',
  });
}

/** Of the treatment beams' setups; empty when the plan does not say. */
function patientPosition(dataSet: DicomDataSet, treatment: readonly TreatmentBeam[]): string {
  const setups = dataSet.items(TAG.patientSetupSequence);
  const byNumber = new Map(setups.map((setup) => [setup.number(TAG.patientSetupNumber, 'DS'), setup]));
  const positions = new Set<string>();
  for (const { beam } of treatment) {
    const own = byNumber.get(beam.number(TAG.referencedPatientSetupNumber, 'DS'));
    const setup = own ?? (setups.length === 1 ? setups[0] : undefined);
    positions.add(setup?.string(TAG.patientPosition)?.toUpperCase() ?? '');
  }
  const [position = '', other] = [...positions].filter((one) => one !== '');
  if (other === undefined) return position;
  throw input('plan.several-positions', 'the beams of the plan are for different patient positions', {
    remedy: 'export one plan per patient position',
  });
}

function required(dataSet: DicomDataSet, of: typeof STUDY): string {
  const uid = dataSet.string(of.tag);
  if (uid === null) throw missing('the plan', of);
  return uid;
}

const truncated = (cause?: unknown): CaseError =>
  input('plan.truncated', 'the plan file is cut off or damaged: its data set does not come to its end', {
    cause,
    remedy: 'copy or export the plan again; the changed folder is taken as a new run',
  });

const tooLarge = (when = ''): CaseError =>
  input('plan.too-large', `the plan is larger than ${String(MAX_PLAN_BYTES / 1024 / 1024)} MiB${when}`, {
    remedy: 'check the export: no plan of this size is read',
  });

const tooComplex = (why: 'too-many-elements' | 'too-deep'): CaseError =>
  input(
    'plan.too-complex',
    `the plan has ${why === 'too-deep' ? 'sequences too deep within each other' : `more than ${String(MAX_ELEMENTS)} elements`}`,
    {
      remedy: 'check the export: no plan of this shape is read',
    },
  );

const notIon = (): CaseError =>
  input('plan.not-ion', 'the file is not an RT Ion Plan', { remedy: 'export the proton plan as RT Ion Plan' });

const duplicate = (beamNumber: number): CaseError =>
  input('plan.duplicate-beam', `two beams of the plan have the number ${String(beamNumber)}`, {
    remedy: 'renumber the beams in the planning system and export the plan again',
  });

function noBeams(setups: number): CaseError {
  const found = setups === 0 ? 'no beams' : `no treatment beam, only ${String(setups)} set-up field(s)`;
  return input('plan.no-beams', `the plan has ${found}`, { remedy: 'export a plan that has treatment beams' });
}
