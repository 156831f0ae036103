import { DEFAULT_CONFIG_FILE, type LoadedConfig, type Origin } from './load-config.js';
import { OPTIONS, valueAt } from './options.js';
import { webhooksMasked, withoutPassword } from './shown-value.js';

/** What `mqi config show --json` prints. */
export interface ShownConfig {
  /** Absolute; null when there is no config/mqi.yaml and defaults apply. */
  readonly file: string | null;
  readonly values: readonly ShownValue[];
}

interface ShownValue {
  readonly key: string;
  /** Secrets masked, paths absolute. */
  readonly value: unknown;
  readonly origin: Origin;
  /** The variable that would set it. */
  readonly environment: string;
}

/** Effective values with where each comes from. */
export function shownConfig({ settings, origins, file }: LoadedConfig): ShownConfig {
  const values = OPTIONS.map(({ key, path, secret, environment }) => {
    const value = valueAt(settings, path);
    const masked = secret && typeof value === 'string' ? withoutPassword(value) : webhooksMasked(value);
    return { key, value: masked, origin: origins[key] ?? 'default', environment };
  });
  return { file, values };
}

/** The same for people: a line for each value that begins with its key. */
export function shownConfigText({ file, values }: ShownConfig): string {
  const width = Math.max(...values.map(({ key }) => key.length));
  const lines = values.map(({ key, value, origin, environment }) => {
    const from = origin === 'environment' ? environment : origin;
    return `${key.padEnd(width)}  ${JSON.stringify(value)}  (${from})`;
  });
  return [`file: ${file ?? `none (${DEFAULT_CONFIG_FILE} does not exist)`}`, ...lines].join('\n');
}
