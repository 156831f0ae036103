import type { PlanRangeShifter } from '../../../domain/plan.js';
import type { DicomDataSet } from './data-set.js';
import { element, finiteOrNull, needWhole } from './plan-numbers.js';
import { TAG } from './tags.js';

const NUMBER = element(TAG.rangeShifterNumber, 'Range Shifter Number');
const THICKNESS = element(TAG.rangeShifterThickness, 'Range Shifter Water Equivalent Thickness', 'FL');
const DISTANCE = element(TAG.rangeShifterDistance, 'Isocenter to Range Shifter Distance', 'FL');
/** Angles in degrees and positions in mm that differ by less are the same; far below what machines can set. */
const SAME = 0.01;
/** What a range shifter may be off from layer to layer, mm, in place and thickness: neither changes a dose to speak of. */
const STAYS_MM = 0.5;
const MOVING = 'range shifter moving between layers';

export interface RangeShifters {
  readonly shifters: readonly PlanRangeShifter[];
  readonly unmodelled: readonly string[];
  readonly remarks: readonly string[];
}

/**
 * The range shifters that are in the beam. A shifter counts as out only when its setting says so (`OUT`). Where one
 * moves in or out, or nearer, or changes its thickness between layers, or is of the analog kind, nothing of ours models it.
 */
export function readRangeShifters(
  beam: DicomDataSet,
  controlPoints: readonly DicomDataSet[],
  where: string,
): RangeShifters {
  const shifters: PlanRangeShifter[] = [];
  const unmodelled = new Set<string>();
  const remarks: string[] = [];
  for (const item of beam.items(TAG.rangeShifterSequence)) {
    const number = needWhole(item, where, NUMBER);
    const settings = settingsOf(controlPoints, number);
    const outs = settings.map((one) => code(one, TAG.rangeShifterSetting) === 'OUT');
    if (outs.includes(false) && (outs.includes(true) || moves(settings))) unmodelled.add(MOVING);
    if (code(item, TAG.rangeShifterType) === 'ANALOG') unmodelled.add('analog range shifter');
    if (outs[0] === undefined)
      remarks.push(`${where}: range shifter ${String(number)} has no setting; it is taken as in`);
    if (outs[0] !== true) shifters.push(shifter(item, number, settings[0]));
  }
  return { shifters, unmodelled: [...unmodelled], remarks };
}

function settingsOf(controlPoints: readonly DicomDataSet[], number: number): readonly DicomDataSet[] {
  const settings = controlPoints.flatMap((point) => point.items(TAG.rangeShifterSettings));
  return settings.filter((one) => one.number(TAG.referencedRangeShifterNumber, 'DS') === number);
}

/** Of all its settings the first is taken; what a later one does not give stays as it was. */
function moves(settings: readonly DicomDataSet[]): boolean {
  return [THICKNESS, DISTANCE].some((what) => {
    const given = settings.map((one) => finiteOrNull(one, what)).filter((mm) => mm !== null);
    return Math.max(...given) - Math.min(...given) > STAYS_MM;
  });
}

function shifter(item: DicomDataSet, number: number, setting: DicomDataSet | undefined): PlanRangeShifter {
  const thickness = setting === undefined ? null : finiteOrNull(setting, THICKNESS);
  return {
    number,
    id: item.text(TAG.rangeShifterId) ?? '',
    waterEquivalentThicknessMm: thickness !== null && thickness > 0 ? thickness : null,
    isocentreDistanceMm: setting === undefined ? null : finiteOrNull(setting, DISTANCE),
  };
}

const code = (set: DicomDataSet, tag: string): string => set.string(tag)?.toUpperCase() ?? '';

/** What the beam holds or does that no engine of ours models, in short terms. */
export function unmodelledDevices(beam: DicomDataSet, controlPoints: readonly DicomDataSet[]): readonly string[] {
  const held = (count: string, sequence?: string): boolean =>
    (beam.number(count, 'DS') ?? 0) > 0 || (sequence !== undefined && beam.items(sequence).length > 0);
  const leaves = beam
    .items(TAG.limitingDeviceSequence)
    .some((device) => device.string(TAG.limitingDeviceType)?.toUpperCase().startsWith('MLC') === true);
  const terms: readonly (readonly [string, boolean])[] = [
    ['aperture', held(TAG.numberOfBlocks, TAG.blockSequence)],
    ['compensator', held(TAG.numberOfCompensators, TAG.compensatorSequence)],
    ['bolus', held(TAG.numberOfBoli)],
    ['wedge', held(TAG.numberOfWedges)],
    ['range modulator', held(TAG.numberOfRangeModulators)],
    ['multi-leaf collimator', leaves],
    ['moving gantry', turns(controlPoints) || varies(controlPoints, TAG.gantryAngle)],
    ['moving couch', varies(controlPoints, TAG.couchAngle)],
    ['several isocentres', varies(controlPoints, TAG.isocentre)],
    ['couch pitch or roll', tilted(controlPoints, TAG.tablePitch) || tilted(controlPoints, TAG.tableRoll)],
    ['gantry pitch', tilted(controlPoints, TAG.gantryPitch)],
  ];
  return terms.filter(([, is]) => is).map(([term]) => term);
}

function turns(controlPoints: readonly DicomDataSet[]): boolean {
  return controlPoints.some((point) => ['CW', 'CC'].includes(point.string(TAG.gantryRotation)?.toUpperCase() ?? ''));
}

function varies(controlPoints: readonly DicomDataSet[], tag: string): boolean {
  const given = controlPoints.map((point) => point.numbers(tag, 'DS')).filter((values) => values.length > 0);
  const first = given[0] ?? [];
  return given.some((values) => values.some((value, i) => Math.abs(value - (first[i] ?? NaN)) > SAME));
}

const tilted = (controlPoints: readonly DicomDataSet[], tag: string): boolean =>
  controlPoints.some((point) => Math.abs(point.number(tag, 'FL') ?? 0) > SAME);
