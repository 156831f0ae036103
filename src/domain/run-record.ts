import { permanent } from './errors.js';
import type { InputHash } from './input-file.js';

/** In the work folder of a run. */
export const RECORD_NAME = 'record.json';
/** In the work folder of a run, from the start of its calculation on: what it was begun with, each time that differed. */
export const BASIS_NAME = 'basis.json';

/** What a calculation depends on besides its input. Plain JSON values. */
export interface RunBasis {
  /** Version of this service, and of Node.js: the embedded engine is part of the one and runs on the other. */
  readonly service: string;
  readonly node: string;
  readonly engine: { readonly kind: string; readonly parameters: unknown; readonly programSha256: string | null };
  readonly interpretation: { readonly parameters: unknown; readonly programSha256: string | null };
  readonly geometry: unknown;
  readonly machines: unknown;
  /** SHA-256 of the content of each beam model used, by its name. */
  readonly beamModels: Readonly<Record<string, string>>;
}

/** What there was of a delivery when the record was written (`receiptsAsOf`). */
export interface RecordedReceipt {
  readonly target: string;
  readonly sopInstanceUid: string;
  /** The UID it was sent as, to a target that is told no identities. */
  readonly sentUid: string | null;
  /** The second of an optional target, which is not waited for: no word for what holds today, which only the service knows. */
  readonly status: 'delivered' | 'not-delivered-by-then';
  readonly sha256: string;
  readonly verifiedBy: string | null;
  /** When that was so, or it was last tried. */
  readonly at: string;
}

/** `record.json`: how the doses of a run came to be. No patient data: no names of folders, files, beams, machines or labels. */
export interface RunRecord {
  readonly format: 'mqi-record/1';
  readonly caseId: string;
  readonly run: number;
  readonly planSopInstanceUid: string | null;
  /** Digest of path, size and time of each dropped file when it was taken, and of those the doses follow from. */
  readonly fingerprint: string;
  readonly calculationKey: string | null;
  /** More than one: the service was started with other settings while the run was calculated. */
  readonly bases: readonly RunBasis[];
  /** Every dropped file; absent in records of earlier versions, null where they could not be read. */
  readonly dropped?: readonly InputHash[] | null;
  /** ISO 8601; absent in records of earlier versions, whose receipts may say `pending` or `failed`. */
  readonly receiptsAsOf?: string;
  readonly receipts: readonly RecordedReceipt[];
  readonly [more: string]: unknown;
}

/** Our own file read back. Throws permanent `work.damaged`. */
export function parseRunRecord(text: string): RunRecord {
  try {
    const parsed = JSON.parse(text) as Partial<RunRecord> | null;
    if (parsed?.format === 'mqi-record/1' && Array.isArray(parsed.bases)) return parsed as RunRecord;
  } catch (cause) {
    throw damaged(cause);
  }
  throw damaged();
}

const damaged = (cause?: unknown): Error =>
  permanent('work.damaged', 'record.json in the work folder of the case is damaged', { cause });

const WORDS: Readonly<Record<keyof RunBasis, string>> = {
  service: 'the version of the service',
  node: 'the version of Node.js',
  engine: 'engine',
  interpretation: 'interpretation',
  geometry: 'geometry',
  machines: 'machines',
  beamModels: 'beam models',
};

type WhenWords = readonly [string, string];

/** What differs, by the names of the configuration: `engine.parameters.moqui.histories: 1000 then, 2000 now`. */
export function basisChanges(then: RunBasis, now: RunBasis, when: WhenWords = ['then', 'now']): readonly string[] {
  return (Object.keys(WORDS) as (keyof RunBasis)[]).flatMap((part) =>
    differences(WORDS[part], then[part], now[part], when),
  );
}

function differences(name: string, then: unknown, now: unknown, when: WhenWords): readonly string[] {
  if (isObject(then) && isObject(now)) {
    const keys = [...new Set([...Object.keys(then), ...Object.keys(now)])].sort();
    return keys.flatMap((key) => differences(`${name}.${key}`, then[key], now[key], when));
  }
  const [before, after] = [then, now].map((value) => JSON.stringify(value ?? null));
  return before === after ? [] : [`${name}: ${shown(before)} ${when[0]}, ${shown(after)} ${when[1]}`];
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const shown = (text = 'null'): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text);
