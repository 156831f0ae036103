import { operator } from './errors.js';

/**
 * The first of the configured machines that fits a TreatmentMachineName; undefined if none does. A pattern is looked for
 * anywhere in the name, without regard to case: a piece of it (`G1` fits `G1_PROTON`) in which `*` stands for any
 * characters and `?` for one; or, between slashes, a regular expression (`/^g1$/`).
 * @throws operator `beam-model.bad-pattern`; texts name the pattern, never the machine (a name out of a plan)
 */
export const machineEntry = <T extends { readonly pattern: string }>(
  machines: readonly T[],
  machine: string,
): T | undefined => machines.find(({ pattern }) => fits(pattern, machine));

function fits(pattern: string, machine: string): boolean {
  const expression = /^\/(.*)\/$/.exec(pattern)?.[1] ?? fromWildcards(pattern);
  try {
    return new RegExp(expression, 'i').test(machine);
  } catch (cause) {
    throw operator('beam-model.bad-pattern', `machines: ${pattern} is not a regular expression`, {
      cause,
      remedy: 'correct the pattern in the configuration, then: mqi resume ID',
    });
  }
}

const fromWildcards = (pattern: string): string =>
  pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
