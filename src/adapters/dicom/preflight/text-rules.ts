import { TAG } from '../reading/tags.js';
import type { Expected } from './expected.js';
import { eachElement, type ObjectHeader, OBJECT_TAG, rawValue } from './object-header.js';
import { sentences } from './reference-rules.js';

/** Longest value and legal characters of what has them fixed (DICOM PS3.5 6.2). */
const FORMS: Readonly<Record<string, { readonly longest: number; readonly form: RegExp }>> = {
  DS: { longest: 16, form: /^ *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *$/ },
  IS: { longest: 12, form: /^ *[+-]?\d+ *$/ },
  UI: { longest: 64, form: /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/ },
  DA: { longest: 8, form: /^\d{8}$/ },
  TM: { longest: 14, form: /^\d{2}(\d{2}(\d{2}(\.\d{1,6})?)?)?$/ },
  CS: { longest: 16, form: /^[A-Z0-9_ ]*$/ },
};

/** Lengths and characters of decimal strings, numbers, UIDs, dates, times and codes; of each element at most one sentence. */
export function textFailures({ elements, bytes }: ObjectHeader): readonly string[] {
  const failures: string[] = [];
  for (const { tag, vr, dataOffset, length } of eachElement(elements)) {
    const form = FORMS[vr ?? ''];
    if (form === undefined || length === 0) continue;
    const values = bytes
      .toString('latin1', dataOffset, dataOffset + length)
      .replace(/\0$/, '')
      .split('\\')
      // A value may be padded to an even length: that one blank does not count.
      .map((value) => (vr === 'DS' || vr === 'IS' ? value : value.trimEnd()));
    const wrong = values.find((value) => value !== '' && !form.form.test(value));
    const long = values.find((value) => value.trimEnd().length > form.longest);
    if (long !== undefined) {
      failures.push(
        `${nameOf(tag)} has ${String(long.trimEnd().length)} characters; a ${vr ?? ''} has at most ${String(form.longest)}`,
      );
    } else if (wrong !== undefined) failures.push(`${nameOf(tag)} is no ${vr ?? ''} as the standard wants it`);
  }
  return [...new Set(failures)];
}

/** (gggg,eeee) of `xggggeeee`; only our own tags reach a message. */
const nameOf = (tag: string): string => `(${tag.slice(1, 5)},${tag.slice(5)})`;

/** What must stand in the object as it stands in the plan, and when it may be left empty. */
const PATIENT = {
  PatientName: ['x00100010', () => false],
  PatientID: ['x00100020', () => false],
  PatientBirthDate: ['x00100030', (value: string) => !isDay(value)],
  PatientSex: ['x00100040', (value: string) => !['M', 'F', 'O'].includes(value)],
} as const;

/** Names are compared, and never quoted. */
export function patientFailures({ dataSet, bytes }: ObjectHeader, { plan }: Expected): readonly string[] {
  return [
    ...Object.entries(PATIENT).flatMap(([keyword, [tag, mayBeLeft]]) => {
      const due = plan.raw(tag);
      const is = rawValue(dataSet, bytes, tag);
      return sentences([
        [!dataSet.has(tag), `${keyword} is missing`],
        [is !== due && !(is === '' && mayBeLeft(due)), `${keyword} is not the plan's`],
      ]);
    }),
    ...sentences([
      [
        rawValue(dataSet, bytes, TAG.specificCharacterSet) !== plan.raw(TAG.specificCharacterSet),
        "SpecificCharacterSet is not the plan's: names would be read as others",
      ],
    ]),
  ];
}

function isDay(text: string): boolean {
  if (!/^\d{8}$/.test(text)) return false;
  const [year, month, day] = [text.slice(0, 4), text.slice(4, 6), text.slice(6)];
  const at = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.getUTCDate() === Number(day);
}

/** DoseGridScaling, Gy; null where it is no positive number. */
export function scalingOf({ dataSet }: ObjectHeader): number | null {
  const scaling = dataSet.number(OBJECT_TAG.scaling, 'DS');
  return scaling !== null && Number.isFinite(scaling) && scaling > 0 ? scaling : null;
}
