import { withoutFileNames } from '../domain/printable-name.js';
import { folderHash } from '../workflow/folder-hash.js';

type Values = Readonly<Record<string, unknown>>;

const NOTED_BY_OTHERS = 'not shown: it may name a patient';

/**
 * What stands, for those who do not see patients, in place of values that may name one. By name of the field, so that it
 * holds for every answer, also of routes that are added later: names of folders (people name them after patients), labels of
 * plans and names of beams, where a result was put, what a target said, and words that people typed. Ids, states, figures,
 * UIDs, treatment machines and our own words stay, less the names of files in them.
 */
const SHOWN: Readonly<Record<string, (value: unknown, beside: Values) => unknown>> = {
  folder: (value, { inbox }) =>
    typeof value === 'string'
      ? `#${folderHash({ inbox: typeof inbox === 'string' ? inbox : '', folder: value })}`
      : null,
  folders: () => [],
  planLabel: () => null,
  name: (value, { gantryAngleDeg }) => (gantryAngleDeg === undefined ? value : ''),
  location: () => null,
  peerSaid: () => null,
  reason: () => null,
  heldBecause: (value) => value && NOTED_BY_OTHERS,
  problem: (value) => value && NOTED_BY_OTHERS,
  status: (value, { error }) => unlessTyped(value, error, 'held'),
  waitingFor: (value, { error }) => unlessTyped(value, error, 'an operator'),
};

/** What a case is held for is our own words where it is held for an error, and somebody's where not. */
function unlessTyped(value: unknown, error: unknown, words: string): unknown {
  const isTyped =
    typeof value === 'string' && value.startsWith(`${words}: `) && (error === null || error === undefined);
  return isTyped ? words : withoutPatient(value);
}

/** The answer for those whose role does not see patients. */
export function withoutPatient(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPatient);
  if (typeof value === 'string') return withoutFileNames(value);
  if (typeof value !== 'object' || value === null) return value;
  const values = value as Values;
  return Object.fromEntries(
    Object.entries(values).map(([name, each]) => [
      name,
      Object.hasOwn(SHOWN, name) ? SHOWN[name]?.(each, values) : withoutPatient(each),
    ]),
  );
}
