import type { BeamInput } from '../../../domain/beam-input.js';
import { input, type CaseError } from '../../../domain/errors.js';
import { machineProtonsPerMu, type MachineFile } from './machine-file.js';

/** Built into the log dialect: its own tables, MeV. */
const LOG_ENERGIES_MEV = [70, 230] as const;
/** Longest value of VR SH: what the plan given can hold of an ID. */
const LONGEST_ID = 16;

/** What moqui cannot model of a beam is refused, never ignored: it would calculate something else without a word. */
export function refuseBeam(beam: BeamInput, rangeShifters: readonly string[]): void {
  if (beam.metersetUnit !== 'MU') throw unsupported(beam, 'its meterset is in protons (NP); moqui reads weights as MU');
  const strange = beam.rangeShifters.find(({ id }) => id.length > LONGEST_ID || !rangeShifters.includes(id));
  if (strange !== undefined) {
    const known = rangeShifters.length === 0 ? 'none' : rangeShifters.join(', ');
    throw unsupported(
      beam,
      `range shifter ${String(strange.number)} has an ID that the engine has no thickness for (known: ${known})`,
      'add it to [rangeshifter_thickness] of the machine file (dialect upstream) or to engine.moqui.rangeShifters (log)',
    );
  }
}

/** Of several range shifters the log dialect takes the thickness of the last one alone. */
export function refuseSeveralShifters(beam: BeamInput): void {
  if (beam.rangeShifters.length < 2) return;
  throw unsupported(
    beam,
    `it has ${String(beam.rangeShifters.length)} range shifters, of which dialect log takes the last one alone`,
  );
}

/** Every energy must lie within the machine file's; at and below the lowest moqui reads beyond its table. */
export function refuseEnergies(beam: BeamInput, machine: MachineFile): void {
  const outside = beam.layers.find(({ energyMeV }) => machineProtonsPerMu(machine, energyMeV) === null);
  if (outside === undefined) return;
  const [lowest, highest] = [machine.spots[0], machine.spots.at(-1)];
  const range = `above ${shown(lowest?.energyMeV)} up to ${shown(highest?.energyMeV)} MeV`;
  throw unsupported(
    beam,
    `${String(outside.energyMeV)} MeV lies outside the machine file, which serves ${range}`,
    'extend [spot] of the machine file by measured values, then: mqi retry ID',
  );
}

/** A 32-bit float as it was written. */
const shown = (value: number | undefined): string => String(Number(value?.toPrecision(7)));

/** The log dialect's tables are built in. */
export function refuseLogEnergies(beam: BeamInput): void {
  const [low, high] = LOG_ENERGIES_MEV;
  const outside = beam.layers.find(({ energyMeV }) => energyMeV < low || energyMeV > high);
  if (outside === undefined) return;
  throw unsupported(
    beam,
    `${String(outside.energyMeV)} MeV lies outside what the log dialect serves, ${String(low)} to ${String(high)} MeV`,
  );
}

export function unsupported(
  { beamNumber }: BeamInput,
  what: string,
  remedy = 'calculate this plan with another engine',
): CaseError {
  return input('engine.unsupported', `beam ${String(beamNumber)} cannot be calculated by moqui: ${what}`, { remedy });
}
