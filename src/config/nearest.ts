import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { bare, OPTIONS, SECTIONS } from './options.js';

/** The candidate that differs least, upper and lower case alike. */
export function nearestTo(text: string, candidates: readonly string[]): string {
  const lower = candidates.map((candidate) => candidate.toLowerCase());
  return candidates[lower.indexOf(closest(text.toLowerCase(), lower))] ?? '';
}

/** Keys of the entries of lists and of what these hold, written `uploads[].path`. */
const ENTRY_KEYS: readonly string[] = OPTIONS.flatMap(({ key, type }) =>
  type instanceof z.ZodArray ? keysBelow(type.element as z.ZodType, `${key}[]`) : [],
);

function keysBelow(type: z.ZodType, key: string): readonly string[] {
  const outer = bare(type);
  const inside = outer instanceof z.ZodNullable ? bare(outer.unwrap() as z.ZodType) : outer;
  if (!(inside instanceof z.ZodObject)) return [];
  return Object.entries(inside.shape as Readonly<Record<string, z.ZodType>>).flatMap(([name, member]) => {
    const own = `${key}.${name}`;
    return [own, ...keysBelow(member, own)];
  });
}

/** Every key one may write. */
export const KNOWN_KEYS: readonly string[] = [
  ...SECTIONS.map(({ key }) => key),
  ...OPTIONS.map(({ key }) => key),
  ...ENTRY_KEYS,
];

/** The known key that was probably meant: misspelt in its place, or right but in another section. */
export function nearestKey(key: string): string {
  const wanted = key.toLowerCase().replace(/\[\d+\]/g, '[]');
  const cost = (known: string): number => {
    const candidate = known.toLowerCase();
    return Math.min(distance(wanted, candidate), distance(lastName(wanted), lastName(candidate)) + 0.5);
  };
  return [...KNOWN_KEYS].sort((a, b) => cost(a) - cost(b))[0] ?? '';
}

const lastName = (key: string): string => key.slice(key.lastIndexOf('.') + 1);
