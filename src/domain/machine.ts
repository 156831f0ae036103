import type { ScanCalibration } from './delivered-rows.js';
import { input, operator } from './errors.js';
import type { CaseError } from './errors.js';
import { machineEntry } from './machine-entry.js';

/** An entry of `machines` in the configuration. */
export interface Machine {
  /** As domain/machine-entry.ts says. */
  readonly pattern: string;
  readonly beamModel: string;
  /** The engine moqui knows two of them; null: not told. */
  readonly gantryNumber: 1 | 2 | null;
  /** Null: delivery logs of this machine cannot be used. */
  readonly calibration: MachineCalibration | null;
}

export interface MachineCalibration extends ScanCalibration {
  /** Counts of the reference range in one MU; null: not known, then what was delivered is scaled to the plan's total. */
  readonly countsPerMu: number | null;
}

/**
 * The one entry that all beams of a plan belong to; undefined if none fits.
 * @throws input `plan.machines-differ`; operator `beam-model.bad-pattern`
 */
export function machineOf<M extends { readonly pattern: string }>(
  machines: readonly M[],
  beams: readonly { readonly beamNumber: number; readonly machine: string }[],
): M | undefined {
  const [first, ...others] = beams.map(({ beamNumber, machine }) => {
    return { beamNumber, entry: machineEntry(machines, machine) };
  });
  const stranger = others.find(({ entry }) => entry !== first?.entry);
  if (first === undefined || stranger === undefined) return first?.entry;
  throw input(
    'plan.machines-differ',
    `beams ${String(first.beamNumber)} and ${String(stranger.beamNumber)} of the plan are of different machines`,
    { remedy: 'delivery logs are of one machine: check the plan, and the patterns of machines in the configuration' },
  );
}

export type CalibratedMachine = Machine & { readonly calibration: MachineCalibration };

/**
 * The machine of a plan whose delivery logs are to be read.
 * @throws operator `delivery.no-calibration`; what machineOf throws
 */
export function calibratedMachine(
  machines: readonly Machine[],
  beams: readonly { readonly beamNumber: number; readonly machine: string }[],
): CalibratedMachine {
  const machine = machineOf(machines, beams);
  if (machine === undefined) throw noCalibration('no entry of machines fits the machine of the plan');
  const { calibration } = machine;
  if (calibration === null) throw noCalibration(`machines entry ${machine.pattern} has no calibration`);
  return { ...machine, calibration };
}

const noCalibration = (why: string): CaseError =>
  operator('delivery.no-calibration', `delivery logs cannot be used: ${why}`, {
    remedy:
      'add the calibration of this machine (machines[].calibration, docs/delivery-logs.md) and start again, then: mqi resume ID',
  });
