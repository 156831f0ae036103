import { z } from 'zod';

/** How every refusal of something that a later version brings begins. */
export const NOT_YET = 'not in this version';

/** What `meta` may say of an option beside its description; none of it reaches the published JSON Schema. */
type OptionNotes = {
  /** The rule in words, where the type alone does not say it. */
  readonly rule?: string;
  /** Never shown: not in problems, not by `mqi config show`. */
  readonly secret?: boolean;
};

/** Description and notes of an option, for `meta`. */
export const about = (description: string, notes: OptionNotes = {}): OptionNotes & { description: string } => ({
  description,
  ...notes,
});

/**
 * One of several words. `later` are words the product will know: they get a refusal of their own, so that nobody looks
 * for a spelling mistake.
 */
export function choice<const V extends readonly [string, ...string[]]>(
  values: V,
  later: readonly string[] = [],
): z.ZodEnum<{ [K in V[number]]: K }> {
  return z.enum(values, {
    error: ({ input }) =>
      typeof input === 'string' && later.includes(input)
        ? `${NOT_YET}; this version has ${values.join(', ')}`
        : undefined,
  });
}
