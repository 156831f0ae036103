import { nearestTo } from './nearest.js';
import type { Settings } from './settings.js';

/** Options that are each right but not together. `key` is the one to change. */
export interface Contradiction {
  readonly key: string;
  readonly rule: string;
  /** Further keys that take part; the contradiction is not reported if one of them is wrong already. */
  readonly with: readonly string[];
}

export type Check = (settings: Settings) => readonly (Contradiction | false)[];

/** The contradiction, where `broken` says that there is one. */
export const against = (broken: boolean, key: string, rule: string, ...others: string[]): Contradiction | false =>
  broken && { key, rule, with: others };

/** Words in braces that nobody will fill. */
export const unknownPlaceholders = (
  key: string,
  texts: readonly string[],
  known: readonly string[],
): readonly (Contradiction | false)[] =>
  texts
    .flatMap((text) => text.match(/\{\s*[\w-]+\s*\}/g) ?? [])
    // With spaces it is one only where it means one of ours: `{ print }` is a word of other programs.
    .filter((name) => !known.includes(name) && (!/\s/.test(name) || known.includes(name.replace(/\s+/g, ''))))
    .map((name) =>
      against(
        true,
        key,
        `holds the unknown placeholder ${name}; nearest is ${nearestTo(name, known)} (known: ${known.join(' ')})`,
      ),
    );
