import convict from 'convict';
import { OPTIONS, type Option } from './options.js';

type Nested = { [name: string]: Nested | convict.SchemaObj<unknown> };

/** convict's schema, derived from ours. Its formats stay open ('*'): what a value may be is for zod to say. */
function convictSchema(options: readonly Option[]): Nested {
  const schema: Nested = {};
  for (const option of options) {
    let at = schema;
    for (const name of option.path.slice(0, -1)) at = at[name] ??= {};
    at[option.path.at(-1) ?? ''] = {
      default: option.byDefault,
      doc: option.description,
      format: '*',
      env: option.environment,
      sensitive: option.secret,
    };
  }
  return schema;
}

export interface Layers {
  /** Known options only, nested as in the file. */
  readonly file: Readonly<Record<string, unknown>>;
  /** By variable name, already turned into numbers, lists and so on. */
  readonly environment: Readonly<Record<string, unknown>>;
  /** By key. */
  readonly flags: Readonly<Record<string, unknown>>;
}

/** Default < file < environment < flag. The result is nested like the settings, and not yet checked. */
export function mergeLayers({ file, environment, flags }: Layers): unknown {
  // The types say that variables are texts, but convict passes on whatever it is given.
  const env = environment as NodeJS.ProcessEnv;
  const merged = convict<Record<string, unknown>>(convictSchema(OPTIONS), { env, args: [] });
  merged.load(structuredClone(file));
  for (const [key, value] of Object.entries(flags)) merged.set(key, value);
  return merged.getProperties();
}
