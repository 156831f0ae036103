import { z } from 'zod';
import { environmentName } from './environment-name.js';
import { ruleOf } from './rule-of.js';
import { SettingsSchema } from './settings.js';

/** One key of the configuration that holds a value (not a section), as the schema describes it. */
export interface Option {
  readonly path: readonly string[];
  /** `processing.maxRetries` */
  readonly key: string;
  /** `MQI_PROCESSING_MAX_RETRIES` */
  readonly environment: string;
  /** The type without its default. */
  readonly type: z.ZodType;
  readonly byDefault: unknown;
  readonly description: string;
  /** What a value may be, in words. */
  readonly rule: string;
  readonly secret: boolean;
}

export interface Section {
  readonly path: readonly string[];
  readonly key: string;
  readonly description: string;
}

/** The type inside defaults. */
export function bare(type: z.ZodType): z.ZodType {
  return type instanceof z.ZodDefault || type instanceof z.ZodPrefault ? bare(type.unwrap() as z.ZodType) : type;
}

/**
 * The type of the value at a path, as deep as the schema tells it: into sections, lists and their entries, not into
 * alternatives. Null for a key the schema does not have.
 */
export function typeAt(path: readonly PropertyKey[], from: z.ZodType = SettingsSchema): z.ZodType | null {
  const [step, ...rest] = path;
  if (step === undefined) return from;
  const outer = bare(from);
  const type = outer instanceof z.ZodNullable ? bare(outer.unwrap() as z.ZodType) : outer;
  if (type instanceof z.ZodObject) {
    const shape = type.shape as Record<PropertyKey, z.ZodType>;
    return Object.hasOwn(shape, step) && shape[step] !== undefined ? typeAt(rest, shape[step]) : null;
  }
  if (type instanceof z.ZodArray) return typeAt(rest, type.element as z.ZodType);
  if (type instanceof z.ZodTuple) return typeAt(rest, type.def.items[Number(step)] as z.ZodType);
  return from;
}

const DEFAULTS: unknown = SettingsSchema.parse({});

/** The value at a path of nested plain objects; undefined where there is none. */
export function valueAt(values: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<PropertyKey, unknown>)[step]
        : undefined,
    values,
  );
}

const described = (type: z.ZodType): string => type.description ?? '';

function walk(type: z.ZodType, path: readonly string[], options: Option[], sections: Section[]): void {
  const inside = bare(type);
  const key = path.join('.');
  if (inside instanceof z.ZodObject) {
    if (path.length > 0) sections.push({ path, key, description: described(type) });
    const shape: Readonly<Record<string, z.ZodType>> = inside.shape;
    for (const [name, member] of Object.entries(shape)) walk(member, [...path, name], options, sections);
    return;
  }
  options.push({
    path,
    key,
    environment: environmentName(path),
    type: inside,
    byDefault: valueAt(DEFAULTS, path),
    description: described(type),
    rule: ruleOf(type),
    secret: type.meta()?.['secret'] === true,
  });
}

const found: { readonly options: Option[]; readonly sections: Section[] } = { options: [], sections: [] };
walk(SettingsSchema, [], found.options, found.sections);

/** All options, in the order of the schema. */
export const OPTIONS: readonly Option[] = found.options;
/** All sections and subsections, in the order of the schema. */
export const SECTIONS: readonly Section[] = found.sections;
