import { z } from 'zod';
import { distance } from 'fastest-levenshtein';
import type { ConfigProblem } from './config-problem.js';
import { nearestTo } from './nearest.js';
import { OPTIONS, SECTIONS, type Option } from './options.js';
import { environmentName } from './environment-name.js';

/** Names the configuration file itself; no option. */
export const CONFIG_FILE_VARIABLE = 'MQI_CONFIG';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Values of our variables, by name: numbers, true and false, null, lists as JSON. An empty variable is not set. */
export function environmentValues(environment: Environment): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const option of OPTIONS) {
    const text = environment[option.environment];
    if (text !== undefined && text !== '') values[option.environment] = valueOf(text, option);
  }
  return values;
}

/** A text that the option takes as it is stays one; otherwise what it says as JSON, if it is JSON. */
function valueOf(text: string, { type }: Option): unknown {
  if (text === 'null' && type instanceof z.ZodNullable) return null;
  if (type.safeParse(text).success) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // refused as a wrong type, together with whatever else is wrong
  }
}

const NAMES: readonly string[] = [...OPTIONS.map(({ environment }) => environment), CONFIG_FILE_VARIABLE];
const PREFIXES: readonly string[] = SECTIONS.map(({ path }) => `${environmentName(path)}_`);

/**
 * Variables that look like ours and are not. Only those that begin with a section's name, or come within two letters of
 * a known name: others begin with MQI_ too (an orchestrator's MQI_SERVICE_HOST, say) and are none of our business.
 */
export function unknownVariables(environment: Environment): ConfigProblem[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('MQI_') && !NAMES.includes(name))
    .map((name) => ({ name, nearest: nearestTo(name, NAMES) }))
    .filter(({ name, nearest }) => PREFIXES.some((prefix) => name.startsWith(prefix)) || distance(name, nearest) <= 2)
    .map(({ name, nearest }) => ({ key: name, value: null, rule: 'unknown variable', nearest, where: 'environment' }));
}
