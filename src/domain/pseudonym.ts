import { deliveryPath, folderKey } from './case-folder.js';
import type { Case } from './case.js';
import type { EpochMs } from './time.js';

/** `patient`: who; `uid`: a UID of an object, study, series, plan or frame of reference; `case`: whom a case is of. */
export const PSEUDONYM_KINDS = ['patient', 'uid', 'case'] as const;
export type PseudonymKind = (typeof PSEUDONYM_KINDS)[number];

/** What stands for what at research targets (table `pseudonyms`): the only place where the two meet. */
export interface Pseudonym {
  /** Which key it was made with; targets that share a key share their pseudonyms. Not the key, and not to be computed back. */
  readonly scope: string;
  readonly kind: PseudonymKind;
  /** Patient data where the kind is `patient`: never logged. */
  readonly original: string;
  readonly replacement: string;
  readonly at: EpochMs;
}

/** What becomes of dates: left out, moved by whole days that are the same for all of a patient, or kept. */
export const DATE_RULES = ['remove', 'shift', 'keep'] as const;
export type DateRule = (typeof DATE_RULES)[number];

/** Dates of one patient; `days` is 0 unless they are shifted. */
export interface Dates {
  readonly rule: DateRule;
  readonly days: number;
}

const MS_PER_DAY = 86_400_000;

/** A moment by the rule; one that is left out becomes the first of 1970. */
export function dated(at: EpochMs, { rule, days }: Dates): EpochMs {
  return rule === 'remove' ? 0 : at + days * MS_PER_DAY;
}

/** `YYYYMMDD` by the rule; null where it is left out, or is no day of the calendar. */
export function datedDay(text: string, { rule, days }: Dates): string | null {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d{2})(\d{2})$/.exec(text) ?? [];
  const at = Date.parse(`${year}-${month}-${day}T00:00:00Z`);
  if (rule === 'remove' || Number.isNaN(at) || new Date(at).getUTCDate() !== Number(day)) return null;
  return new Date(at + days * MS_PER_DAY).toISOString().slice(0, 10).replaceAll('-', '');
}

/** Names that stand for a case and its folder. */
export interface CaseNames {
  readonly id: string;
  readonly folder: string;
  readonly planSopInstanceUid: string | null;
}

/**
 * The case as a target may know it: names of its own, no label, no words of steps, times by the rule. Its runs stay runs of
 * one folder.
 */
export function pseudonymousCase(kase: Case, names: CaseNames, dates: Dates): Case {
  const nobody = {
    inbox: '',
    planLabel: null,
    duplicateOf: null,
    resultsOf: null,
    calculationKey: null,
    fingerprint: '',
  };
  const silent = { waitingFor: null, heldBecause: null, error: null, leaseOwner: null };
  const times = {
    createdAt: dated(kase.createdAt, dates),
    takenAt: dated(kase.takenAt, dates),
    updatedAt: dated(kase.updatedAt, dates),
    finishedAt: kase.finishedAt === null ? null : dated(kase.finishedAt, dates),
  };
  return {
    ...kase,
    ...nobody,
    ...silent,
    ...names,
    ...times,
    folderKey: folderKey(deliveryPath({ inbox: '', folder: names.folder })),
  };
}
