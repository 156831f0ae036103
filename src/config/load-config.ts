import { resolve } from 'node:path';
import { ConfigError, type ConfigProblem, type Locator } from './config-problem.js';
import { contradictions } from './contradictions.js';
import { CONFIG_FILE_VARIABLE, environmentValues, unknownVariables, type Environment } from './environment.js';
import { fileLayer } from './file-layer.js';
import { mergeLayers } from './layers.js';
import { OPTIONS, valueAt } from './options.js';
import { readConfigFile, type ConfigFile } from './read-config-file.js';
import { resolvePaths } from './resolve-paths.js';
import { SettingsSchema, type Settings } from './settings.js';
import { shown } from './shown-value.js';
import { checkValues } from './check-values.js';

export const DEFAULT_CONFIG_FILE = 'config/mqi.yaml';

export type Origin = 'default' | 'file' | 'environment' | 'flag';

export interface ConfigRequest {
  /** As given by --config; else MQI_CONFIG, else config/mqi.yaml, which alone may be missing. */
  readonly file?: string | undefined;
  readonly env: Environment;
  readonly flags: { readonly root?: string | undefined };
  /** Absolute. */
  readonly cwd: string;
}

export interface LoadedConfig {
  /** Complete, valid, paths absolute. */
  readonly settings: Settings;
  /** By key of the option. */
  readonly origins: Readonly<Record<string, Origin>>;
  /** The file that was read, absolute; null when the default one is missing. */
  readonly file: string | null;
}

/**
 * Default < file < environment < flag, checked.
 * @throws ConfigError with everything that is wrong, from all sources together
 */
export function loadConfig({ file, env, flags, cwd }: ConfigRequest): LoadedConfig {
  const named = file ?? (env[CONFIG_FILE_VARIABLE] === '' ? undefined : env[CONFIG_FILE_VARIABLE]);
  const shownAs = named ?? DEFAULT_CONFIG_FILE;
  const path = resolve(cwd, shownAs);
  const read = readConfigFile(path, shownAs, named === undefined);
  const fromFile = fileLayer(read);
  const fromEnvironment = environmentValues(env);
  const fromFlags: Record<string, unknown> = flags.root === undefined ? {} : { root: flags.root };
  const merged = mergeLayers({ file: fromFile.values, environment: fromEnvironment, flags: fromFlags });

  const originOf = (key: string): Origin => {
    if (Object.hasOwn(fromFlags, key)) return 'flag';
    const option = OPTIONS.find((candidate) => candidate.key === key);
    if (option !== undefined && Object.hasOwn(fromEnvironment, option.environment)) return 'environment';
    return fromFile.keys.has(key) ? 'file' : 'default';
  };
  const whereIs = locator(originOf, read);
  const wrong = checkValues(merged, whereIs);
  const problems = [...fromFile.problems, ...unknownVariables(env), ...wrong.problems];
  const settings = resolvePaths(SettingsSchema.parse(wrong.mended), cwd);
  problems.push(...disagreements(settings, wrong.wrongKeys, whereIs));
  if (problems.length > 0) throw new ConfigError(problems, shownAs);

  const origins = Object.fromEntries(OPTIONS.map(({ key }) => [key, originOf(key)]));
  return { settings, origins, file: read === null ? null : path };
}

function locator(originOf: (key: string) => Origin, file: ConfigFile | null): Locator {
  return (path) => {
    const option = OPTIONS.find((candidate) => candidate.path.every((name, i) => path[i] === name));
    if (option === undefined) return null;
    switch (originOf(option.key)) {
      case 'flag':
        return `--${option.key}`;
      case 'environment':
        return option.environment;
      case 'file':
        return file?.whereIs(path) ?? null;
      case 'default':
        return null;
    }
  };
}

/** Contradictions, without those that a wrong value brings about. */
function disagreements(settings: Settings, wrongKeys: ReadonlySet<string>, whereIs: Locator): ConfigProblem[] {
  const optionKey = (key: string): string => key.replace(/\[.*/, '');
  return contradictions(settings)
    .filter((found) => ![found.key, ...found.with].some((key) => wrongKeys.has(optionKey(key))))
    .map(({ key, rule, with: others }) => {
      const path = key
        .split(/[.[\]]+/)
        .filter((name) => name !== '')
        .map((name) => (/^\d+$/.test(name) ? Number(name) : name));
      const where = [path, ...others.map((other) => other.split('.'))].map(whereIs).find((place) => place !== null);
      return { key, value: shown(key, valueAt(settings, path)), rule, nearest: null, where: where ?? null };
    });
}
