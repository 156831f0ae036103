import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { bare, OPTIONS, SECTIONS } from './options.js';

/** The candidate that differs least, upper and lower case alike. */
export function nearestTo(text: string, candidates: readonly string[]): string {
  const lower = candidates.map((candidate) => candidate.toLowerCase());
  return candidates[lower.indexOf(closest(text.toLowerCase(), lower))] ?? '';
}

/** Keys of the entries of lists, written `uploads[].path`. */
const ENTRY_KEYS: readonly string[] = OPTIONS.flatMap(({ key, type }) => {
  const list = type instanceof z.ZodArray ? bare(type.element as z.ZodType) : null;
  return list instanceof z.ZodObject ? Object.keys(list.shape as object).map((name) => `${key}[].${name}`) : [];
});

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
