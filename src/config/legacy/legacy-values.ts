import { z } from 'zod';

/** One value of the predecessor's file, with its dotted key. */
export interface LegacyValue {
  readonly key: string;
  readonly value: unknown;
}

/** All values, lists as one value each, in the order of the file. Nothing for a file that is no mapping. */
export function legacyValues(tree: unknown, above = ''): readonly LegacyValue[] {
  if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return [];
  return Object.entries(tree).flatMap(([name, value]) => {
    const key = above === '' ? name : `${above}.${name}`;
    const isSection = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isSection ? legacyValues(value, key) : [{ key, value: value as unknown }];
  });
}

const number = z.union([z.number(), z.string().regex(/^\s*-?\d+(\.\d+)?\s*$/)]).transform(Number);

/** A finite number, also one in quotes; null for anything else. */
export function numberOf(value: unknown): number | null {
  const parsed = number.safeParse(value);
  return parsed.success && Number.isFinite(parsed.data) ? parsed.data : null;
}

/** A text that is not empty; null for anything else. */
export const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value.trim() !== '' ? value.trim() : null;

/** True or false, also as Python or YAML 1.1 spells it; null for anything else. */
export function flagOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const word = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (['true', 'yes', 'on'].includes(word)) return true;
  return ['false', 'no', 'off'].includes(word) ? false : null;
}

/** Longest chain of placeholders within placeholders; beyond it, one names itself. */
const MOST_TURNS = 10;

/**
 * Fills `{name}` in from the values whose last part is that name (`{base_directory}`, `{paths.local.x}`), as the predecessor
 * did. What is known only per case or beam (`{case_id}`) stays as it is.
 */
export function filledIn(text: string, values: readonly LegacyValue[]): string {
  const lookUp = (whole: string, name: string): string => {
    const found = values.find(({ key }) => key === name) ?? values.find(({ key }) => key.split('.').at(-1) === name);
    return textOf(found?.value) ?? whole;
  };
  let now = text;
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const next = now.replaceAll(/\{([\w.]+)\}/g, lookUp);
    if (next === now) break;
    now = next;
  }
  return now;
}
