import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { moquiParameterProblem, type MoquiValue } from '../../domain/moqui-parameters.js';
import { checkValues } from '../check-values.js';
import { problemText } from '../config-problem.js';
import { contradictions } from '../contradictions.js';
import { resolvePaths } from '../resolve-paths.js';
import { SettingsSchema } from '../settings.js';
import { DROPPED, RULES, type Taken } from './legacy-rules.js';
import { filledIn, legacyValues, textOf, type LegacyValue } from './legacy-values.js';
import { splitCommand } from './split-command.js';

/** One value of the predecessor's configuration and what became of it. */
export interface LegacyLine {
  readonly key: string;
  /** Keys of ours; none: it has no counterpart, or none that could be taken. */
  readonly becomes: readonly string[];
  /** Why, or what else to know. */
  readonly note: string;
}

export interface LegacyConfig {
  /** Nested, as in our file. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly report: readonly LegacyLine[];
  /** What has to be given by hand before the service starts with it. */
  readonly open: readonly string[];
}

/** The predecessor's `config.yaml` as ours. Throws what the YAML reader throws. */
export function legacyConfig(yaml: string): LegacyConfig {
  const all = legacyValues(parse(yaml, { maxAliasCount: 0 }));
  const taken = all.map(({ key, value }) => ({ key, taken: takenFrom(key, value, all) }));
  const flat = Object.assign({}, ...taken.map(({ taken: { set } }) => set)) as Record<string, unknown>;
  const checked = checkValues(nested(flat), () => null);
  const wrong = [...checked.wrongKeys].filter((key) => Object.keys(flat).some((own) => isWithin(own, key)));
  const kept = Object.entries(flat).filter(([own]) => !wrong.some((key) => isWithin(own, key)));
  const values = nested(Object.fromEntries(kept));
  const settings = resolvePaths(SettingsSchema.parse(values), '/');
  return {
    values,
    report: taken.map(({ key, taken: { set, note } }) => {
      const becomes = Object.keys(set).filter((own) => kept.some(([name]) => name === own));
      const isRefused = becomes.length < Object.keys(set).length;
      return { key, becomes, note: isRefused ? 'its value is none of ours: the default stays' : note };
    }),
    open: [...checked.problems.map(problemText), ...contradictions(settings).map(({ key, rule }) => `${key}: ${rule}`)],
  };
}

const isWithin = (key: string, section: string): boolean => key === section || key.startsWith(`${section}.`);

const FAR = /^(paths|executables|command_templates)\.(remote|hpc)\./;
const LOCAL = /^(paths|executables|command_templates)\.local\./;
const PARAMETER = /^moqui_tps_parameters\./;

function takenFrom(key: string, value: unknown, all: readonly LegacyValue[]): Taken {
  if (FAR.test(key)) return { set: {}, note: 'hosts are named under execution.hosts (docs/gpus-and-clusters.md)' };
  if (PARAMETER.test(key)) return moquiParameter(key.replace(PARAMETER, ''), value);
  const local = key.replace(LOCAL, '$1.');
  const text = textOf(value);
  const filled = text === null ? value : filledIn(text, all);
  const rule = ownRules[local] ?? RULES[key];
  if (rule !== undefined) return rule(filled) ?? BAD_VALUE;
  return local.startsWith('command_templates.') ? otherTemplate(filled) : withoutCounterpart(key);
}

const withoutCounterpart = (key: string): Taken => ({
  set: {},
  note: DROPPED.find(([prefix]) => key.startsWith(prefix))?.[1] ?? 'not known',
});

const BAD_VALUE: Taken = { set: {}, note: 'its value cannot be read: the default stays' };

/** Up to the first part of a path that differs from case to case. */
function commonFolder(path: string): string {
  const at = path.indexOf('{');
  return at < 0 ? path : dirname(`${path.slice(0, at)}x`);
}

const isPath = (value: unknown): value is string => typeof value === 'string' && isAbsolute(value);

const ownRules: Readonly<Record<string, (value: unknown) => Taken | null>> = {
  'paths.base_directory': (value) =>
    isPath(value)
      ? { set: { root: join(value, 'mqi') }, note: 'a folder of its own, for everything the service makes' }
      : null,
  'paths.scan_directory': (value) =>
    isPath(value) ? { set: { 'intake.inbox': commonFolder(value) }, note: 'is only read' } : null,
  'paths.final_dicom_dir': (value) =>
    isPath(value)
      ? { set: { uploads: [{ name: 'outbox', kind: 'folder', path: commonFolder(value) }] }, note: '' }
      : null,
  'paths.database_path': (value) => ({ set: {}, note: `its history: mqi import-legacy ${String(value)}` }),
  'command_templates.submit_simulation': simulation,
  'command_templates.interpret_csv': (value) => ({
    set: {},
    note: `the service reads delivery logs itself (interpretation.kind); ${commandWords(value)}`,
  }),
  'command_templates.post_process': () => ({ set: {}, note: 'the service writes RT Dose itself' }),
  'command_templates.cleanup': () => ({ set: {}, note: 'retention.* says what is removed, and when' }),
  'completion_markers.success_pattern': (value) => pattern('engine.command.success', value),
  'completion_markers.failure_patterns': (value) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string')
      ? { set: { 'engine.command.failures': value.map(escaped) }, note: 'for engine.kind command; moqui is known' }
      : null,
};

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const pattern = (key: string, value: unknown): Taken | null =>
  typeof value === 'string' && value !== ''
    ? { set: { [key]: escaped(value) }, note: 'for engine.kind command; moqui is known' }
    : null;

function simulation(value: unknown): Taken | null {
  if (typeof value !== 'string') return null;
  const split = splitCommand(value);
  if (!split.ok) return { set: {}, note: `refused: ${split.why}` };
  const [program = ''] = split.argv;
  const path = program.includes('/') ? resolve(split.folder ?? '/', program) : program;
  const note = 'moqui; its input is written for each beam, its output kept as engine.log';
  if (/(^|\/)(tps_env|moqui)[^/]*$/.test(program))
    return { set: { 'engine.kind': 'moqui', 'engine.moqui.program': path, 'engine.moqui.dialect': 'log' }, note };
  return { set: {}, note: `another engine: write engine.command.argv by hand; ${commandWords(value)}` };
}

const otherTemplate = (filled: unknown): Taken => ({
  set: {},
  note: `write it by hand, if it is still wanted (uploads[].command); ${commandWords(filled)}`,
});

/** The list of arguments a template stands for, or that it needs a shell. */
function commandWords(value: unknown): string {
  if (typeof value !== 'string') return 'it is no text';
  const split = splitCommand(value);
  return split.ok ? `its arguments: ${JSON.stringify(split.argv)}` : `refused: ${split.why}`;
}

function moquiParameter(name: string, value: unknown): Taken {
  const isValue = ['string', 'number', 'boolean'].includes(typeof value);
  if (!isValue) return BAD_VALUE;
  const problem = moquiParameterProblem(name, value as MoquiValue);
  return problem === null
    ? { set: { [`engine.moqui.parameters.${name}`]: value }, note: '' }
    : { set: {}, note: `${name} ${problem}` };
}

function nested(flat: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const top: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(flat)) {
    const names = key.split('.');
    const last = names.pop() ?? '';
    let at = top;
    for (const name of names) {
      const next = Object.hasOwn(at, name) ? at[name] : {};
      at[name] = next;
      at = next as Record<string, unknown>;
    }
    at[last] = value;
  }
  return top;
}

/** Our file, headed by the report as comments. */
export function legacyConfigYaml({ values, report, open }: LegacyConfig): string {
  const comments = [...reportLines(report), ...openLines(open)].map((line) => `# ${line.replaceAll(/\s*\n\s*/g, ' ')}`);
  return [
    '# Made by "mqi import-legacy". Look through it, then: mqi config check',
    '#',
    ...comments,
    '',
    stringify(values),
  ].join('\n');
}

/** A line for each value of the predecessor's file. */
export const reportLines = (report: readonly LegacyLine[]): readonly string[] =>
  report.map(({ key, becomes, note }) => {
    const what = becomes.length === 0 ? 'not taken over' : `-> ${becomes.join(', ')}`;
    return `${key} ${what}${note === '' ? '' : `: ${note}`}`;
  });

export const openLines = (open: readonly string[]): readonly string[] => open.map((text) => `TO DO ${text}`);
