import type { AcceptedDelivery } from './accepted-delivery.js';
import { filesOf, type CtSlice, type Inventory } from './inventory.js';

/** In the work folder of a run, from its interpretation on. */
export const INPUTS_NAME = 'inputs.json';

type InputRole = 'plan' | 'ct' | 'structure-set' | 'delivery-log' | 'other';

/** A dropped file under the name we give it. `other`: we took nothing from it; a site's own interpreter may have. */
export interface NamedInput {
  readonly role: InputRole;
  /** From 1: of the CT, in the order of its slices; of other roles, in the order of their paths. */
  readonly number: number;
  /** Relative to the case folder. It may name the patient, so it stays in the work folder. */
  readonly path: string;
}

/** A dropped file as it was when the doses were calculated; named by role and number, for its own name may be a patient's. */
export interface InputHash extends Omit<NamedInput, 'path'> {
  readonly bytes: number | null;
  /** Null: it could not be read (a link, no right to). */
  readonly sha256: string | null;
}

/** Every file of the dropped folder, by what it is to the calculation. */
export function namedInputs(
  inventory: Inventory,
  planPath: string,
  { ctSlices, deliveries }: { readonly ctSlices: readonly CtSlice[]; readonly deliveries: readonly AcceptedDelivery[] },
): readonly NamedInput[] {
  const slices = ctSlices.map(({ path }) => path);
  const sets = inventory.structureSets.map(({ path }) => path);
  const folders = new Set(deliveries.map(({ folder }) => folder));
  const logs = inventory.notDicom.filter((path) => folders.has(path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  const named = new Set([planPath, ...slices, ...sets, ...logs]);
  const others = filesOf(inventory).filter((path) => !named.has(path));
  return [
    ...numbered('plan', [planPath]),
    ...numbered('ct', slices),
    ...numbered('structure-set', sets.toSorted()),
    ...numbered('delivery-log', logs.toSorted()),
    ...numbered('other', others.toSorted()),
  ];
}

/** @param from number of the first */
export const numbered = (role: InputRole, paths: readonly string[], from = 1): readonly NamedInput[] =>
  paths.map((path, i) => ({ role, number: from + i, path }));

const WORDS: Readonly<Record<InputRole, string>> = {
  plan: 'the plan',
  ct: 'CT slices',
  'structure-set': 'structure sets',
  'delivery-log': 'files of delivery logs',
  other: 'other files',
};

const NUMBERS_SHOWN = 5;

/**
 * What differs, in words: `CT slices no. 3, 4 of 120`, `files of delivery logs: 40 then, 60 now, 40 the same`. Files that only
 * have other names or dates are the same.
 */
export function inputChanges(
  then: readonly InputHash[],
  now: readonly InputHash[],
  [before, after]: readonly [string, string] = ['then', 'now'],
): readonly string[] {
  return (Object.keys(WORDS) as InputRole[]).flatMap((role) => {
    const [old, present] = [then, now].map((files) => files.filter((file) => file.role === role)) as [
      InputHash[],
      InputHash[],
    ];
    const same = countOfSame(old, present);
    if (same === old.length && same === present.length) return [];
    const moved = old.filter(({ sha256 }, i) => sha256 !== present[i]?.sha256).map(({ number }) => number);
    if (old.length !== present.length || moved.length !== old.length - same) {
      const counts = `${String(old.length)} ${before}, ${String(present.length)} ${after}, ${String(same)} the same`;
      return [`${WORDS[role]}: ${counts}`];
    }
    return [role === 'plan' ? WORDS.plan : `${WORDS[role]} no. ${shown(moved)} of ${String(old.length)}`];
  });
}

/** Whichever number they have: a file that was given another name has another place in the order. */
function countOfSame(then: readonly InputHash[], now: readonly InputHash[]): number {
  const left = new Map<string | null, number>();
  for (const { sha256 } of then) left.set(sha256, (left.get(sha256) ?? 0) + 1);
  return now.filter(({ sha256 }) => {
    const count = left.get(sha256) ?? 0;
    left.set(sha256, count - 1);
    return count > 0;
  }).length;
}

const shown = (numbers: readonly number[]): string =>
  numbers.slice(0, NUMBERS_SHOWN).join(', ') +
  (numbers.length > NUMBERS_SHOWN ? ` and ${String(numbers.length - NUMBERS_SHOWN)} more` : '');
