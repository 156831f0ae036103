import { z } from 'zod';
import type { ConfigProblem } from './config-problem.js';
import { nearestKey } from './nearest.js';
import { OPTIONS, SECTIONS } from './options.js';
import type { ConfigFile } from './read-config-file.js';
import { shown } from './shown-value.js';

const SECTION_KEYS = new Set(SECTIONS.map(({ key }) => key));
const OPTION_OF = new Map(OPTIONS.map((option) => [option.key, option]));

export interface FileLayer {
  /** What the file says of known options, nested; what is misplaced is left out. */
  readonly values: Record<string, unknown>;
  /** Keys of the options the file holds. */
  readonly keys: ReadonlySet<string>;
  readonly problems: readonly ConfigProblem[];
}

/** Sorts the keys of a file into known options and problems. An empty section (all its lines comments) is fine. */
export function fileLayer(file: ConfigFile | null): FileLayer {
  const keys = new Set<string>();
  const problems: ConfigProblem[] = [];

  const sift = (values: Readonly<Record<string, unknown>>, above: readonly string[]): Record<string, unknown> => {
    const kept: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(values)) {
      const path = [...above, name];
      const key = path.join('.');
      const where = file?.whereIs(path) ?? null;
      if (SECTION_KEYS.has(key)) {
        if (isMapping(value)) kept[name] = sift(value, path);
        else if (value !== null) {
          problems.push({ key, value: shown(key, value), rule: 'is a section: must hold keys', nearest: null, where });
        }
      } else if (mayHold(key, value)) {
        keys.add(key);
        kept[name] = value;
      } else {
        problems.push(misplaced(key, value, where));
      }
    }
    return kept;
  };

  return { values: file === null ? {} : sift(file.values, []), keys, problems };
}

/** A known option; a mapping only where the option itself is one, and no section. */
const mayHold = (key: string, value: unknown): boolean =>
  OPTION_OF.has(key) && (!isMapping(value) || OPTION_OF.get(key)?.type instanceof z.ZodRecord);

function misplaced(key: string, value: unknown, where: string | null): ConfigProblem {
  const option = OPTION_OF.get(key);
  if (option !== undefined) {
    return { key, value: shown(key, value), rule: `must be ${option.rule}`, nearest: null, where };
  }
  return unknownKey(key, value, where);
}

/** Also for keys inside the entries of lists. */
export function unknownKey(key: string, value: unknown, where: string | null): ConfigProblem {
  return { key, value: shown(key, value), rule: 'unknown key', nearest: nearestKey(key), where };
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
