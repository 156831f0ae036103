import { join } from 'node:path';
import type { BeamInput } from '../../../domain/beam-input.js';
import { operator } from '../../../domain/errors.js';
import type { Geometry } from '../../../domain/geometry.js';
import type { Grid } from '../../../domain/grid.js';
import { machineEntry } from '../../../domain/machine-entry.js';
import type { MoquiValue } from '../../../domain/moqui-parameters.js';
import type { Vec3 } from '../../../domain/vector.js';
import { NAMES, freshFolder, sha256Of, writeInto } from './attempt-files.js';
import { historiesOf } from './histories.js';
import { logInput, upstreamInput } from './input-file.js';
import { logCsvs } from './log-csv.js';
import { machineProtonsPerMu, readMachineFile } from './machine-file.js';
import type { MoquiOptions } from './moqui-options.js';
import { refuseBeam, refuseEnergies, refuseLogEnergies } from './refuse-beam.js';

/** What the two dialects differ in, once their own files are written. */
export interface DialectInput {
  readonly lines: readonly (readonly [string, MoquiValue])[];
  readonly files: Readonly<Record<string, string>>;
  readonly histories: number;
  /** Before rbe. */
  readonly toGy: number;
  readonly beamEnergyJ: number | null;
  /** Where the program's grid lies off the dose grid, mm. */
  readonly shiftMm: Vec3;
}

export interface DialectRequest {
  readonly folder: string;
  readonly beam: BeamInput;
  readonly geometry: Geometry;
  /** What is calculated on. */
  readonly grid: Grid;
  readonly seed: number;
}

const JOULE_PER_MEV = 1.602176634e-13;
const NO_SHIFT: Vec3 = [0, 0, 0];

/** The public program: spots from the plan, protons per MU from its machine file, which is copied beside it. */
export async function prepareUpstream(options: MoquiOptions, request: DialectRequest): Promise<DialectInput> {
  if (options.machineFile === null) throw wrongSettings('engine.moqui.machineFile is not given');
  const machine = await readMachineFile(options.machineFile);
  const { beam, folder, grid, seed } = request;
  refuseBeam(beam, machine.rangeShifters);
  refuseEnergies(beam, machine);
  let [protons, energyMeV] = [0, 0];
  for (const layer of beam.layers) {
    const ofLayer = sum(layer.meterset) * (machineProtonsPerMu(machine, layer.energyMeV) ?? NaN);
    protons += ofLayer;
    energyMeV += ofLayer * layer.energyMeV;
  }
  const histories = historiesOf(beam, grid, options);
  await writeInto(join(folder, NAMES.machine), machine.bytes);
  return {
    lines: upstreamInput({ histories, seed, parameters: options.parameters }, protons / histories),
    files: { [NAMES.machine]: sha256Of(machine.bytes) },
    histories,
    toGy: 1,
    beamEnergyJ: energyMeV * JOULE_PER_MEV,
    shiftMm: NO_SHIFT,
  };
}

/**
 * The dialect that reads spots from CSVs: one count is one history and adds its dose once, so fewer or more histories than
 * counts are had by scaling the counts and the dose against each other.
 */
export async function prepareLog(options: MoquiOptions, request: DialectRequest): Promise<DialectInput> {
  const { beam, folder, geometry, grid, seed } = request;
  refuseBeam(beam, options.rangeShifters);
  refuseLogEnergies(beam);
  const { gantryNumber, countsPerMeterset } = ofMachine(options, beam);
  const counts = countsPerMeterset * sum(beam.layers.flatMap(({ meterset }) => meterset));
  const scale = counts / historiesOf(beam, grid, options);
  const csvs = logCsvs(beam, countsPerMeterset / scale).filter(({ counts: some }) => some > 0);
  const field = await freshFolder(folder, NAMES.logs, NAMES.field);
  for (const { name, text } of csvs) await writeInto(join(field, name), text);
  const phantom = geometry.ctPath === null ? onWholeMillimetres(grid) : null;
  const histories = sum(csvs.map(({ counts: some }) => some));
  return {
    lines: logInput({ histories, seed, parameters: options.parameters }, gantryNumber, phantom?.grid ?? null),
    files: Object.fromEntries(csvs.map(({ name, text }) => [`${NAMES.logs}/${NAMES.field}/${name}`, sha256Of(text)])),
    histories,
    toGy: scale,
    beamEnergyJ: null,
    shiftMm: phantom?.shiftMm ?? NO_SHIFT,
  };
}

/** The program reads whole millimetres: the phantom is moved onto them, and the isocentre with it. */
function onWholeMillimetres(grid: Grid): { readonly grid: Grid; readonly shiftMm: Vec3 } {
  if (!grid.spacingMm.every(Number.isInteger)) {
    throw wrongSettings('geometry.phantom.spacingMm must be a whole number for moqui of dialect log');
  }
  const off = (axis: 0 | 1 | 2): number => {
    const face = grid.originMm[axis] - grid.spacingMm[axis] / 2;
    return face - Math.round(face);
  };
  const shiftMm: Vec3 = [off(0), off(1), off(2)];
  const [x, y, z] = grid.originMm;
  return { grid: { ...grid, originMm: [x - shiftMm[0], y - shiftMm[1], z - shiftMm[2]] }, shiftMm };
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

const wrongSettings = (what: string): Error =>
  operator('engine.settings', what, {
    remedy: 'correct the configuration and start the service again, then: mqi resume ID',
  });
