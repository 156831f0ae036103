import type { ScanCalibration } from './delivered-rows.js';
import { input, operator } from './errors.js';
import type { CaseError } from './errors.js';

/** An entry of `machines` in the configuration. */
export interface Machine extends MachinePattern {
  /** The engine moqui knows two of them; null: not told. */
  readonly gantryNumber: 1 | 2 | null;
  /** Null: delivery logs of this machine cannot be used. */
  readonly calibration: MachineCalibration | null;
}

export interface MachinePattern {
  /**
   * Looked for anywhere in TreatmentMachineName, without regard to case: a piece of the name (`G1` fits `G1_PROTON`) in
   * which `*` stands for any characters and `?` for one; or, between slashes, a regular expression (`/^g1$/`).
   */
  readonly pattern: string;
  readonly beamModel: string;
}

export interface MachineCalibration extends ScanCalibration {
  /** Counts of the reference range in one MU; null: not known, then what was delivered is scaled to the plan's total. */
  readonly countsPerMu: number | null;
}

/**
 * The first entry whose pattern fits the machine.
 * @throws operator `beam-model.bad-pattern`, naming the pattern, never the machine (a name out of a plan)
 */
export function machineFor<M extends MachinePattern>(machines: readonly M[], machine: string): M | undefined {
  return machines.find(({ pattern }) => fits(pattern, machine));
}

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

/**
 * The one entry that all beams of a plan belong to; undefined if none fits.
 * @throws input `plan.machines-differ`; operator `beam-model.bad-pattern`
 */
export function machineOf<M extends MachinePattern>(
  machines: readonly M[],
  beams: readonly { readonly beamNumber: number; readonly machine: string }[],
): M | undefined {
  const [first, ...others] = beams.map(({ beamNumber, machine }) => {
    return { beamNumber, entry: machineFor(machines, machine) };
  });
  const stranger = others.find(({ entry }) => entry !== first?.entry);
  if (first === undefined || stranger === undefined) return first?.entry;
  throw input(
    'plan.machines-differ',
    `beams ${String(first.beamNumber)} and ${String(stranger.beamNumber)} of the plan are of different machines`,
    { remedy: 'delivery logs are of one machine: check the plan, and the patterns of machines in the configuration' },
  );
}

/** Delivery logs are there, or asked for, and cannot be read. */
export const noCalibration = (machine: Machine | undefined): CaseError =>
  operator(
    'delivery.no-calibration',
    machine === undefined
      ? 'delivery logs cannot be used: no entry of machines fits the machine of the plan'
      : `delivery logs cannot be used: machines entry ${machine.pattern} has no calibration`,
    {
      remedy:
        'add the calibration of this machine (machines[].calibration, docs/delivery-logs.md) and start again, then: mqi resume ID',
    },
  );
