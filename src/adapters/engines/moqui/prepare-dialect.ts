import { join } from 'node:path';
import type { BeamInput } from '../../../domain/beam-input.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { Grid } from '../../../domain/grid.js';
import { machineEntry } from '../../../domain/machine-entry.js';
import type { MoquiValue } from '../../../domain/moqui-parameters.js';
import type { Vec3 } from '../../../domain/vector.js';
import { NAMES, freshFolder, sha256Of, writeInto } from './attempt-files.js';
import { beamAsGiven } from './beam-as-given.js';
import { refuseStartWithin } from './beam-start.js';
import type { EngineCt } from './engine-ct.js';
import { gantryBox, wrongSettings } from './gantry-box.js';
import { historiesOf, MOST_COUNTS } from './histories.js';
import { logInput, upstreamInput } from './input-file.js';
import { logCsvs, type LogCsv } from './log-csv.js';
import { machineProtonsPerMu, readMachineFile } from './machine-file.js';
import type { MoquiOptions } from './moqui-options.js';
import { logShifterRemarks, placeShifters } from './range-shifter.js';
import { refuseBeam, refuseEnergies, refuseLogEnergies, refuseSeveralShifters } from './refuse-beam.js';

/** What the two dialects differ in, once their own files are written. */
export interface DialectInput {
  /** As the plan given is to have it: the snout is where the program puts the range shifter right. */
  readonly beam: DialectRequest['beam'];
  readonly lines: readonly (readonly [string, MoquiValue])[];
  readonly files: Readonly<Record<string, string>>;
  readonly histories: number;
  readonly spots: number;
  /** Before rbe. */
  readonly toGy: number;
  readonly beamEnergyJ: number | null;
  readonly historyEnergyJ: number | null;
  /** Scanning magnets to isocentre, x and y, that count, whatever the plan says; null: not known to us. */
  readonly sadMm: readonly [number, number] | null;
  /** Grid of the result. */
  readonly grid: Grid;
  /** Null: the grid lies on the patient's axes. Else on the gantry's, from here (gantry-box.ts). */
  readonly gantryOriginMm: Vec3 | null;
  /** On its range shifters, for the reader of the dose. */
  readonly shifterRemarks: readonly string[];
}

export interface DialectRequest {
  readonly folder: string;
  readonly beam: BeamInput & { readonly snoutPositionMm: number };
  readonly geometry: Geometry;
  /** What is shot at, on its grid. */
  readonly ct: EngineCt;
  readonly seed: number;
}

const JOULE_PER_MEV = 1.602176634e-13;
/** The log dialect opens CSVs for writing and spins for ever where it may not: a job may be another user's of our group. */
const CSV_MODE = 0o660;

/** The public program: spots from the plan, protons per MU from its machine file, which is copied beside it. */
export async function prepareUpstream(options: MoquiOptions, request: DialectRequest): Promise<DialectInput> {
  if (options.machineFile === null) throw wrongSettings('engine.moqui.machineFile is not given');
  const machine = await readMachineFile(options.machineFile);
  const { folder, geometry, ct, seed } = request;
  refuseBeam(request.beam, [...machine.rangeShifters.keys()]);
  refuseEnergies(request.beam, machine);
  const { beam, beginsMm, remarks } = placeShifters(request.beam, machine, options.parameters);
  await refuseStartWithin(beamAsGiven(beam, geometry), geometry, ct, beginsMm);
  let [protons, energyMeV] = [0, 0];
  for (const layer of beam.layers) {
    const ofLayer = sum(layer.meterset) * (machineProtonsPerMu(machine, layer.energyMeV) ?? NaN);
    protons += ofLayer;
    energyMeV += ofLayer * layer.energyMeV;
  }
  const histories = historiesOf(beam, [ct.grid, geometry.doseGrid], options);
  await writeInto(join(folder, NAMES.machine), machine.text);
  return {
    beam,
    lines: upstreamInput({ histories, seed, parameters: options.parameters }, protons / histories),
    files: { [NAMES.machine]: sha256Of(machine.text) },
    histories,
    spots: sum(beam.layers.map(({ meterset }) => meterset.filter((mu) => mu > 0).length)),
    toGy: 1,
    beamEnergyJ: energyMeV * JOULE_PER_MEV,
    historyEnergyJ: null,
    sadMm: machine.sadMm,
    grid: ct.grid,
    gantryOriginMm: null,
    shifterRemarks: remarks,
  };
}

/**
 * The dialect that reads spots from CSVs: one count is a number of histories that depends on the energy alone, each of
 * which adds its dose once, so fewer or more of them are had by scaling the counts and the dose against each other.
 */
export async function prepareLog(options: MoquiOptions, request: DialectRequest): Promise<DialectInput> {
  const { beam, folder, geometry, ct, seed } = request;
  refuseBeam(beam, options.rangeShifters);
  refuseSeveralShifters(beam);
  refuseLogEnergies(beam);
  // Protons begin at the snout; a range shifter lies behind it, and they begin behind that.
  await refuseStartWithin(beamAsGiven(beam, geometry), geometry, ct, beam.snoutPositionMm);
  const { gantryNumber, countsPerMeterset } = ofMachine(options, beam);
  const counts = countsPerMeterset * sum(beam.layers.flatMap(({ meterset }) => meterset));
  const scale = counts / historiesOf(beam, [ct.grid, geometry.doseGrid], options, MOST_COUNTS);
  const csvs = logCsvs(beam, countsPerMeterset / scale).filter(({ counts: some }) => some > 0);
  // All of it fresh: the program takes the folder that comes first by name.
  const field = await freshFolder(await freshFolder(folder, NAMES.logs), NAMES.field);
  for (const { name, text } of csvs) await writeInto(join(field, name), text, CSV_MODE);
  const phantom = geometry.ctPath === null ? gantryBox(geometry, beam.isocentreMm) : null;
  const histories = sum(csvs.map(({ counts: some }) => some));
  return {
    beam,
    lines: logInput({ histories, seed, parameters: options.parameters }, gantryNumber, phantom),
    files: Object.fromEntries(csvs.map(({ name, text }) => [`${NAMES.logs}/${NAMES.field}/${name}`, sha256Of(text)])),
    histories,
    spots: sum(csvs.map(({ spots }) => spots)),
    toGy: scale,
    beamEnergyJ: null,
    historyEnergyJ: meanMeV(csvs) * JOULE_PER_MEV * scale,
    sadMm: null,
    grid: phantom ?? ct.grid,
    gantryOriginMm: phantom === null ? null : beam.isocentreMm,
    shifterRemarks: logShifterRemarks(beam),
  };
}

/** Of histories: the program makes nearly in proportion to the energy of a count. */
function meanMeV(csvs: readonly LogCsv[]): number {
  const weight = sum(csvs.map(({ counts, energyMeV }) => counts * energyMeV));
  return sum(csvs.map(({ counts, energyMeV }) => counts * energyMeV ** 2)) / weight;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The gantry of the beam's machine, and counts for one MU: as configured, or as the machine's calibration says. */
function ofMachine(
  { machines, countsPerMeterset }: MoquiOptions,
  { machine }: BeamInput,
): { readonly gantryNumber: 1 | 2; readonly countsPerMeterset: number } {
  const entry = machineEntry(machines, machine);
  const counts = countsPerMeterset ?? entry?.calibration?.countsPerMu ?? null;
  const gantryNumber = entry?.gantryNumber ?? null;
  if (gantryNumber === null)
    throw wrongSettings('no entry of machines with a gantryNumber fits the machine of this beam');
  if (counts === null) {
    throw wrongSettings(
      'neither engine.moqui.countsPerMeterset nor countsPerMu of the calibration of this machine is given',
    );
  }
  return { gantryNumber, countsPerMeterset: counts };
}
