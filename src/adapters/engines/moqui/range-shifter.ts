import type { BeamInput } from '../../../domain/beam-input.js';
import type { MoquiValue } from '../../../domain/moqui-parameters.js';
import { rowsAround, unusable, type MachineFile, type ShifterGeometry } from './machine-file.js';
import { unsupported } from './refuse-beam.js';

/** The upstream program lets protons begin so far behind the snout. */
const BEHIND_SNOUT_MM = 50;
/** What its RangeshifterDensity is where nobody sets it, g/cm3: PMMA. */
const PMMA_DENSITY = 1.19;
/** Energy that its stopping power is taken at; between 50 and 230 MeV that of plastics varies by 0.3 %. */
const TYPICAL_MEV = 100;
/** Water-equivalent thickness may be off by so much: what range margins of any plan hold. */
const THICKNESS_TOLERANCE_MM = 1;
/** Of a spot's protons 0.1 % lie further to a side. */
const SIGMAS = 3;

type SnoutBeam = BeamInput & { readonly snoutPositionMm: number };

/** A beam as the upstream program is to be told of it. */
export interface PlacedBeam {
  readonly beam: SnoutBeam;
  /** What of it is nearest to the isocentre, towards the source, mm: its first protons, or the exit of its range shifter. */
  readonly beginsMm: number;
  /** For the reader of the dose. */
  readonly remarks: readonly string[];
}

/**
 * The upstream program stacks all range shifters of a beam to one slab of one density. Its side towards the source lies
 * `rangeshifter_snout_gap` before the snout, wherever the plan has it (characterize_rangeshifter); all between the protons'
 * start and the slab is vacuum to it. So the snout is put where the slab leaves the protons at the plan's Isocenter to Range
 * Shifter Distance (300A,0364: to the downstream edge); nothing else hangs on its position but where protons begin.
 * @throws operator `engine.machine-file` where range shifters are of another thickness there than in the plan
 * @throws input `engine.unsupported` where the slab cannot be placed, or spots reach beside it
 */
export function placeShifters(
  beam: SnoutBeam,
  machine: MachineFile,
  parameters: Readonly<Record<string, MoquiValue>>,
): PlacedBeam {
  if (beam.rangeShifters.length === 0) return { beam, beginsMm: beam.snoutPositionMm + BEHIND_SNOUT_MM, remarks: [] };
  const shifter = placedBy(beam, machine);
  const density = densityOf(parameters);
  refuseOtherThickness(beam, machine, density);
  const behindExitMm = thicknessOf(beam, machine) + shifter.gapMm;
  const plannedMm = exitOf(beam);
  const placed = plannedMm === null ? beam : { ...beam, snoutPositionMm: plannedMm + behindExitMm };
  const exitMm = placed.snoutPositionMm - behindExitMm;
  refuseBesideSlab(placed, machine, shifter.sizeMm, [exitMm, exitMm + thicknessOf(beam, machine)]);
  return { beam: placed, beginsMm: exitMm, remarks: remarksOf(beam, machine, density, exitMm) };
}

/** Where nothing in the machine file says so, the program takes unset memory; of a slab with a side of 0 it makes nothing. */
function placedBy(beam: BeamInput, { shifter }: MachineFile): ShifterGeometry {
  if (shifter === null) {
    throw unsupported(
      beam,
      'it has a range shifter, for whose place and size the machine file has no rows',
      'add rangeshifter(mm) with two positive numbers and rangeshifter_snout_gap(mm) to [geometry] of the machine file, then: mqi retry ID',
    );
  }
  if (shifter.gapMm >= -BEHIND_SNOUT_MM) return shifter;
  throw unsupported(
    beam,
    `by rangeshifter_snout_gap(mm) ${String(shifter.gapMm)} of the machine file its protons would begin within the range shifter ` +
      `or behind it: they begin ${String(BEHIND_SNOUT_MM)} mm behind the snout`,
    `correct rangeshifter_snout_gap(mm) in [geometry] of the machine file to ${String(-BEHIND_SNOUT_MM)} or more, then: mqi retry ID`,
  );
}

const thicknessOf = ({ rangeShifters }: BeamInput, machine: MachineFile): number =>
  sum(rangeShifters.map(({ id }) => machine.rangeShifters.get(id) ?? 0));

/**
 * Of several that nearest to the patient; null where the plan does not give the place of each.
 * @throws input `engine.unsupported` for one at or beyond the isocentre, whose dose would begin behind what it has passed
 */
function exitOf(beam: BeamInput): number | null {
  const given = beam.rangeShifters.flatMap(({ isocentreDistanceMm: mm }) => (mm === null ? [] : [mm]));
  if (given.length < beam.rangeShifters.length) return null;
  const exitMm = Math.min(...given);
  if (exitMm > 0) return exitMm;
  throw unsupported(
    beam,
    `its range shifter is at ${shown(exitMm)} mm from the isocentre, not before it`,
    'correct Isocenter to Range Shifter Distance (300A,0364) in the plan',
  );
}

/** As the program reads its parameters: whatever case the name is in. */
function densityOf(parameters: Readonly<Record<string, MoquiValue>>): number {
  const [, value] = Object.entries(parameters).find(([name]) => name.toLowerCase() === 'rangeshifterdensity') ?? [];
  return value === undefined ? PMMA_DENSITY : Number(value);
}

/**
 * Stopping power relative to water that the program gives to a density (spr_default of mqi_patient_materials.hpp, after
 * Fippel and Soukup 2004); what it makes of a slab was measured to agree within 0.4 % from 1.0 to 1.3 g/cm3.
 * @param density g/cm3
 */
export function moquiRsp(density: number): number {
  const [lung, soft] = [0.26, 0.9];
  const dense = (rho: number): number =>
    1.0123 - 3.386e-5 * TYPICAL_MEV + 0.291 * (1 + TYPICAL_MEV ** -0.3421) * (rho ** -0.7 - 1);
  if (density >= soft) return density * dense(density);
  // Below 0.9 it uses, between its two points, that of the density itself in place of that of 0.9.
  if (density > lung) return density * between(density, [lung, soft], [0.9925, dense(density)]);
  return density < 0.0012 ? 0 : density * between(density, [0.0012, lung], [0.8815, 0.9925]);
}

const between = (x: number, [x0, x1]: readonly [number, number], [y0, y1]: readonly [number, number]): number =>
  y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);

/** The table in the machine file is of lengths, plans state water: one written for the other shifts the range by 15 %. */
function refuseOtherThickness(beam: BeamInput, machine: MachineFile, density: number): void {
  const rsp = moquiRsp(density);
  const ownMm = rsp * thicknessOf(beam, machine);
  const plannedMm = sum(beam.rangeShifters.map(({ waterEquivalentThicknessMm: mm }) => mm));
  if (Math.abs(ownMm - plannedMm) <= THICKNESS_TOLERANCE_MM) return;
  const rows = beam.rangeShifters.map(({ id, waterEquivalentThicknessMm: mm }) => `"${id}" ${shown(mm / rsp)}`);
  throw unusable(
    `gives the range shifter of beam ${String(beam.beamNumber)} the thickness of ${shown(ownMm)} mm of water ` +
      `(${shown(thicknessOf(beam, machine))} mm of ${String(density)} g/cm3, stopping power ${rsp.toFixed(3)}), where the plan (or, ` +
      `if it states none, the beam model) has ${shown(plannedMm)} mm: for that write ${rows.join(' and ')} in [rangeshifter_thickness], ` +
      'which is in mm of the material (its density is RangeshifterDensity of engine.moqui.parameters)',
  );
}

/** What passes beside the slab keeps all of its range, without a word. Looked at where protons enter it and where they leave it. */
function refuseBesideSlab(
  beam: SnoutBeam,
  machine: MachineFile,
  sizeMm: readonly [number, number],
  facesMm: readonly number[],
): void {
  for (const [axis, name] of [
    [0, 'x'],
    [1, 'y'],
  ] as const) {
    const reachMm = Math.max(...facesMm.map((mm) => reachOf(beam, machine, axis, mm)));
    if (reachMm <= sizeMm[axis] / 2) continue;
    throw unsupported(
      beam,
      `its spots reach ${shown(reachMm)} mm from the axis in ${name} where they cross the range shifter (with ${String(SIGMAS)} sigma), ` +
        `which by rangeshifter(mm) ${sizeMm.join(' ')} of the machine file ends at ${shown(sizeMm[axis] / 2)} mm: beside it they would keep all their range`,
      'correct rangeshifter(mm) in [geometry] of the machine file to the size of the range shifter, then: mqi retry ID',
    );
  }
}

/** How far spots reach from the axis at a height above the isocentre, as the program projects and widens them, mm. */
function reachOf(beam: SnoutBeam, machine: MachineFile, axis: 0 | 1, heightMm: number): number {
  const flownMm = beam.snoutPositionMm + BEHIND_SNOUT_MM - heightMm;
  const scale = Math.abs(1 - heightMm / machine.sadMm[axis]);
  let reachMm = 0;
  for (const { energyMeV, meterset, xMm, yMm } of beam.layers) {
    // Of the two rows the wider one: the program takes what lies between them.
    const rows = rowsAround(machine.spots, energyMeV) ?? [];
    const sigmaMm = Math.max(...rows.map((row) => Math.hypot(row.sigmaMm[axis], row.sigmaRad[axis] * flownMm)));
    for (const [spot, mm] of (axis === 0 ? xMm : yMm).entries()) {
      if ((meterset[spot] ?? 0) > 0) reachMm = Math.max(reachMm, Math.abs(mm) * scale + SIGMAS * sigmaMm);
    }
  }
  return reachMm;
}

function remarksOf(beam: BeamInput, machine: MachineFile, density: number, exitMm: number): readonly string[] {
  const slab = `${shown(thicknessOf(beam, machine))} mm of ${String(density)} g/cm3, exit ${shown(exitMm)} mm from the isocentre`;
  const where =
    exitOf(beam) === null
      ? [`range shifter by snout position: the plan has no Isocenter to Range Shifter Distance; ${slab}`]
      : [`range shifter: ${slab}, as planned`];
  return beam.rangeShifters.length === 1 ? where : [...where, 'range shifters stacked: calculated as one slab'];
}

/**
 * The log dialect has sizes and thickness built in, and lets the slab end at the snout (characterize_rangeshifter of its
 * nozzles). No build of it is at hand to show that it may be moved, so that another place in the plan is told only.
 */
export function logShifterRemarks({ rangeShifters, snoutPositionMm }: SnoutBeam): readonly string[] {
  const [shifter] = rangeShifters;
  if (shifter === undefined) return [];
  const plannedMm = shifter.isocentreDistanceMm;
  const elsewhere = plannedMm !== null && Math.abs(plannedMm - snoutPositionMm) > THICKNESS_TOLERANCE_MM;
  return [
    ...(elsewhere
      ? [
          `range shifter not where planned: exit at the snout, ${shown(snoutPositionMm)} mm from the isocentre, planned ${shown(plannedMm)} mm`,
        ]
      : []),
    "range shifter: thickness as in the engine's own data, not held against the plan",
  ];
}

const shown = (mm: number): string => String(Math.round(mm * 10) / 10);

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
