import type { z } from 'zod';
import { NOT_YET } from './choice.js';
import type { ConfigProblem, Locator } from './config-problem.js';
import { unknownKey } from './file-layer.js';
import { nearestTo } from './nearest.js';
import { OPTIONS, typeAt, valueAt } from './options.js';
import { ruleOf } from './rule-of.js';
import { SettingsSchema } from './settings.js';
import { shown } from './shown-value.js';

type Issue = z.core.$ZodIssue;

export interface CheckedValues {
  readonly problems: readonly ConfigProblem[];
  /** Keys of the options whose values are wrong. */
  readonly wrongKeys: ReadonlySet<string>;
  /** The values, with defaults in place of wrong ones: what can still be checked for contradictions. */
  readonly mended: unknown;
}

/** Checks each value by itself against the schema. `values` is nested like the settings. */
export function checkValues(values: unknown, whereIs: Locator): CheckedValues {
  const { error } = SettingsSchema.safeParse(values);
  const issues = error?.issues ?? [];
  const ofOption = (option: (typeof OPTIONS)[number]): boolean =>
    issues.some(({ path }) => option.path.every((name, i) => path[i] === name));
  const wrong = OPTIONS.filter(ofOption);
  return {
    problems: withoutEchoes(issues).flatMap((issue) => problemsOf(issue, values, whereIs)),
    wrongKeys: new Set(wrong.map(({ key }) => key)),
    mended: wrong.reduce((mended, { path, byDefault }) => replaced(mended, path, byDefault), values),
  };
}

/** An entry of a kind that this version lacks is reported once: its other keys cannot be judged. */
function withoutEchoes(issues: readonly Issue[]): readonly Issue[] {
  const later = issues.filter(({ message }) => message.startsWith(NOT_YET));
  return issues.filter(
    (issue) => later.includes(issue) || !later.some(({ path }) => isBelow(issue.path, path.slice(0, -1))),
  );
}

const isBelow = (path: readonly PropertyKey[], entry: readonly PropertyKey[]): boolean =>
  typeof entry.at(-1) === 'number' && entry.every((step, i) => path[i] === step);

function problemsOf(issue: Issue, values: unknown, whereIs: Locator): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => {
      const path = [...issue.path, name];
      return unknownKey(keyOf(path), valueAt(values, path), whereIs(path));
    });
  }
  const key = keyOf(issue.path);
  const value = valueAt(values, issue.path);
  return [
    {
      key,
      value: shown(key, value),
      rule: value === undefined ? `is missing: ${ruleText(issue)}` : ruleText(issue),
      nearest: nearestWord(issue, value),
      where: whereIs(issue.path),
    },
  ];
}

function ruleText(issue: Issue): string {
  if (issue.message.startsWith(NOT_YET)) return issue.message;
  const type = typeAt(issue.path);
  return `must be ${type === null ? issue.message : ruleOf(type)}`;
}

/** For a misspelt word of a choice. */
function nearestWord(issue: Issue, value: unknown): string | null {
  if (issue.code !== 'invalid_value' || issue.message.startsWith(NOT_YET) || typeof value !== 'string') return null;
  return nearestTo(value, issue.values.map(String));
}

/** `['uploads', 0, 'kind']` -> `uploads[0].kind` */
const keyOf = (path: readonly PropertyKey[]): string =>
  path
    .map((step) => (typeof step === 'number' ? `[${String(step)}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '');

function replaced(values: unknown, path: readonly string[], value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const record = values as Readonly<Record<string, unknown>>;
  return { ...record, [name]: replaced(record[name], rest, value) };
}
