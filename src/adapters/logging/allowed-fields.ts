import { LOG_FIELDS, type LogField } from '../../ports/logger.js';

/**
 * What the value of each field may look like. The names alone keep patient data out where code is typed; the patterns
 * hold where it is not (a cast, a value from outside): names have spaces or carets, folder names are no hashes.
 */
const ID = /^[\w-]{1,64}$/;
/** The words of our tables: lower case, as in `engine.bad-dose`. */
const WORD = /^(?=.{1,64}$)[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*$/;
/** Ours, or those of the system, Node.js and SQLite. */
const CODE = /^(?:(?=.{1,64}$)[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*|E[A-Z0-9]{2,14}|(?:ERR|SQLITE)_[A-Z_]{2,40})$/;
const TOKEN = /^[\w.:@/+-]{1,200}$/;
const UID = /^[0-9.]{1,64}$/;
const HASH = /^[0-9a-f]{4,64}$/;
/** Our own sentences (remedies). */
const SENTENCE = /^[^^\p{Cc}]{1,300}$/u;

type Allowed = RegExp | 'number';

const ALLOWED: Readonly<Record<LogField, Allowed>> = {
  caseId: ID,
  run: 'number',
  beamNumber: 'number',
  attempt: 'number',
  step: WORD,
  state: WORD,
  from: WORD,
  to: WORD,
  event: WORD,
  actor: TOKEN,
  code: CODE,
  severity: WORD,
  remedy: SENTENCE,
  folderHash: HASH,
  engine: WORD,
  host: TOKEN,
  resource: TOKEN,
  pid: 'number',
  slurmJob: 'number',
  exitCode: 'number',
  target: TOKEN,
  sopInstanceUid: UID,
  durationMs: 'number',
  delayMs: 'number',
  files: 'number',
  bytes: 'number',
  count: 'number',
  percent: 'number',
  port: 'number',
  version: TOKEN,
  mode: WORD,
  kind: WORD,
  signal: /^SIG[A-Z0-9]{2,8}$/,
  owner: TOKEN,
  hash: HASH,
};

/** Stands where a value did not look as its field's values do. */
export const WITHHELD = '[withheld]';

export type LoggedFields = Partial<Record<LogField, string | number | boolean | null>>;

/** The allowed fields of whatever was handed over, in fixed order; unknown names and nested values are dropped. */
export function allowedFields(fields: unknown): LoggedFields {
  const kept: LoggedFields = {};
  if (typeof fields !== 'object' || fields === null) return kept;
  for (const name of LOG_FIELDS) {
    if (!Object.hasOwn(fields, name)) continue;
    const value = allowedValue((fields as Readonly<Record<string, unknown>>)[name], ALLOWED[name]);
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

function allowedValue(value: unknown, allowed: Allowed): string | number | boolean | null | undefined {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value !== 'string') return undefined;
  return allowed !== 'number' && allowed.test(value) ? value : WITHHELD;
}

/** A case id that may become part of a file's name; null for anything else. */
export function caseIdOf(fields: LoggedFields): string | null {
  const { caseId } = fields;
  return typeof caseId === 'string' && ID.test(caseId) ? caseId : null;
}

/** Control characters, line separators and marks that turn the reading direction, as \u escapes. */
export function escaped(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
}
