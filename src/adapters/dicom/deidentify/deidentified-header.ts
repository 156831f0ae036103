import type { Element } from 'dicom-parser';
import { bug } from '../../../domain/errors.js';
import { datedDay, type DateRule } from '../../../domain/pseudonym.js';
import type { Replacements } from '../../../ports/deidentifier.js';
import { TAG } from '../reading/tags.js';
import { type DataSet, encodeDataSet } from '../writing/data-set.js';
import { type Action, RULES } from './rules.js';
import type { SourceDose } from './source-dose.js';

/** Our own words on what was done (LO, 64 characters); the codes beside them say the same to machines. */
const METHOD = 'MQI Communicator: PS3.15 Annex E, only listed elements stay';
const LONG_VRS = ['OB', 'OD', 'OF', 'OL', 'OW', 'SQ', 'UC', 'UN', 'UR', 'UT'];

/** Codes of PS3.16 CID 7050. */
const BASIC_PROFILE = ['113100', 'Basic Application Confidentiality Profile'] as const;
const FULL_DATES = ['113106', 'Retain Longitudinal Temporal Information Full Dates Option'] as const;
const MODIFIED_DATES = ['113107', 'Retain Longitudinal Temporal Information Modified Dates Option'] as const;
const PATIENT_CHARACTERISTICS = ['113108', 'Retain Patient Characteristics Option'] as const;

const TEMPORAL: Readonly<Record<DateRule, string>> = { remove: 'REMOVED', shift: 'MODIFIED', keep: 'UNMODIFIED' };

/**
 * The data set but for its pixels. Elements that stay are copied byte by byte, and are numbers, codes and our own names; what is
 * new is ASCII, so that no character set need be named.
 */
export function deidentifiedHeader(source: SourceDose, replacements: Replacements): Buffer {
  const kept = Object.values(source.elements).flatMap((element): readonly Part[] => {
    const rule = RULES[element.tag];
    if (rule === undefined) return [];
    const [action, keyword] = rule;
    if (action === 'keep') return [{ tag: element.tag, bytes: asItStands(source, element) }];
    const value = NEW_VALUES[action](source, element.tag, replacements);
    return value === undefined ? [] : [{ tag: element.tag, bytes: encodeDataSet({ [keyword]: value }) }];
  });
  const parts = [...kept, ...marks(replacements)].sort((a, b) => (a.tag < b.tag ? -1 : 1));
  return Buffer.concat(parts.map(({ bytes }) => bytes));
}

interface Part {
  readonly tag: string;
  readonly bytes: Buffer;
}

function asItStands({ bytes }: SourceDose, { vr, dataOffset, length }: Element): Buffer {
  const header = LONG_VRS.includes(vr ?? '') ? 12 : 8;
  return bytes.subarray(dataOffset - header, dataOffset + length);
}

type NewValue = (source: SourceDose, tag: string, replacements: Replacements) => DataSet[string] | undefined;

const day: NewValue = ({ dataSet }, tag, { dates }) => datedDay(dataSet.string(tag) ?? '', dates);
const time: NewValue = ({ dataSet }, tag, { dates }) => (dates.rule === 'remove' ? null : dataSet.string(tag));
const orLeftOut =
  (value: NewValue): NewValue =>
  (...of) =>
    value(...of) ?? undefined;

/** Null: empty; undefined: left out. */
const NEW_VALUES: Readonly<Record<Exclude<Action, 'keep'>, NewValue>> = {
  uid: ({ dataSet }, tag, { uids }) => mapped(uids, dataSet.string(tag)),
  plan: (source, _tag, { uids }) => planReferences(source, uids),
  sex: ({ dataSet }, tag, { keepSex }) => (keepSex ? dataSet.string(tag) : null),
  empty: () => null,
  day: orLeftOut(day),
  'day-or-empty': day,
  time: orLeftOut(time),
  zone: orLeftOut(time),
  'time-or-empty': time,
};

function planReferences({ dataSet }: SourceDose, uids: Replacements['uids']): readonly DataSet[] {
  return dataSet.items('x300c0002').map((plan) => {
    const groups = plan.items('x300c0020').map((group) => ({
      ReferencedBeamSequence: group
        .items(TAG.referencedBeamSequence)
        .map((beam) => ({ ReferencedBeamNumber: beam.number(TAG.referencedBeamNumber, 'DS') })),
      ReferencedFractionGroupNumber: group.number('x300c0022', 'DS'),
    }));
    return {
      ReferencedSOPClassUID: plan.string('x00081150'),
      ReferencedSOPInstanceUID: mapped(uids, plan.string(TAG.referencedSopInstanceUid)),
      ...(groups.length === 0 ? {} : { ReferencedFractionGroupSequence: groups }),
    };
  });
}

function mapped(uids: Replacements['uids'], uid: string | null): string {
  const replacement = uid === null ? undefined : uids.get(uid);
  if (replacement === undefined) throw bug('deidentify.unmapped', 'an object names a UID that has no replacement');
  return replacement;
}

/** Who it is said to be of, and that it was de-identified, how and by which options. */
function marks({ pseudonym, dates, keepSex }: Replacements): readonly Part[] {
  const codes = [
    BASIC_PROFILE,
    ...(dates.rule === 'keep' ? [FULL_DATES] : []),
    ...(dates.rule === 'shift' ? [MODIFIED_DATES] : []),
    ...(keepSex ? [PATIENT_CHARACTERISTICS] : []),
  ];
  const code = ([value, meaning]: readonly [string, string]): DataSet => ({
    CodeValue: value,
    CodingSchemeDesignator: 'DCM',
    CodeMeaning: meaning,
  });
  const elements: Readonly<Record<string, DataSet>> = {
    x00100010: { PatientName: pseudonym },
    x00100020: { PatientID: pseudonym },
    x00120062: { PatientIdentityRemoved: 'YES' },
    x00120063: { DeidentificationMethod: METHOD },
    x00120064: { DeidentificationMethodCodeSequence: codes.map(code) },
    x00280303: { LongitudinalTemporalInformationModified: TEMPORAL[dates.rule] },
    // The engine's remarks may quote anything; that the dose is per fraction must not be lost with them.
    x00204000: { ImageComments: 'Gy per fraction' },
    x30040006: { DoseComment: 'per fraction' },
  };
  return Object.entries(elements).map(([tag, dataSet]) => ({ tag, bytes: encodeDataSet(dataSet) }));
}
