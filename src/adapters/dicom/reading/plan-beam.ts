import { input } from '../../../domain/errors.js';
import type { IonBeam } from '../../../domain/plan.js';
import type { DicomDataSet } from './data-set.js';
import { readRangeShifters, unmodelledDevices } from './plan-devices.js';
import { readLayers, STANDARD_SPOTS } from './plan-layers.js';
import { LINE_REMARK, LINE_SPOT_SOURCE } from './plan-line-spots.js';
import { element, finiteOrNull, missing, nameOf, need, needVector, needWhole, positivePair } from './plan-numbers.js';
import type { NamedElement } from './plan-numbers.js';
import { TAG } from './tags.js';

const BEAM_NUMBER = element(TAG.beamNumber, 'Beam Number');
const GANTRY = element(TAG.gantryAngle, 'Gantry Angle');
const COUCH = element(TAG.couchAngle, 'Patient Support Angle');
const ISOCENTRE = element(TAG.isocentre, 'Isocenter Position');
const SNOUT = element(TAG.snoutPosition, 'Snout Position', 'FL');
const SAD = element(TAG.virtualSad, 'Virtual Source-Axis Distances', 'FL');
const RADIATION = element(TAG.radiationType, 'Radiation Type');
const MACHINE = element(TAG.machineName, 'Treatment Machine Name');
const CONTROL_POINTS = element(TAG.controlPointSequence, 'Ion Control Point Sequence');
const FCMW = element(TAG.finalCumulativeMetersetWeight, 'Final Cumulative Meterset Weight');
const CMW = element(TAG.cumulativeMetersetWeight, 'Cumulative Meterset Weight');
const METERSET = element(TAG.beamMeterset, 'Beam Meterset');
const SCAN_MODE = element(TAG.scanMode, 'Scan Mode');
/** Sumitomo by way of MOSAIQ: spots in private elements. */
const LINE = 'LINE';
/** Float32 weights do not sum exactly to the decimal total; they agree to this part of it. */
const WEIGHT_TOLERANCE = 1e-5;

export interface ReadBeam {
  readonly beam: IonBeam;
  readonly remarks: readonly string[];
}

/** BeamNumber, which may be 0. */
export const beamNumberOf = (beam: DicomDataSet, position: number): number =>
  needWhole(beam, `beam at position ${String(position + 1)}`, BEAM_NUMBER);

/** A set-up field: it is imaged with, not treated with. */
export function isSetupBeam(beam: DicomDataSet): boolean {
  const says = (tag: string, words: string): boolean => beam.text(tag)?.trim().toUpperCase() === words;
  if (says(TAG.deliveryType, 'SETUP')) return true;
  return says(TAG.scanMode, 'NONE') && (says(TAG.beamName, 'SETUP') || says(TAG.beamDescription, 'SITE SETUP'));
}

/**
 * A treatment beam.
 * @param metersets BeamMeterset by ReferencedBeamNumber
 * @param maxSpots what the beams before it leave of MAX_PLAN_SPOTS
 * @throws input `plan.*` naming the beam and the element
 */
export function readBeam(
  beam: DicomDataSet,
  beamNumber: number,
  metersets: ReadonlyMap<number, number | null>,
  maxSpots: number,
): ReadBeam {
  const where = `beam ${String(beamNumber)}`;
  const scanMode = requireScanMode(beam, where);
  const controlPoints = beam.items(CONTROL_POINTS.tag);
  if (controlPoints.length === 0) throw missing(where, CONTROL_POINTS);
  const meterset = positiveMeterset(metersets.get(beamNumber) ?? null, where, METERSET);
  const fcmw = positiveMeterset(beam.number(FCMW.tag, FCMW.vr), where, FCMW);
  const line = scanMode === LINE;
  const spots = line ? LINE_SPOT_SOURCE : STANDARD_SPOTS;
  const { layers, weightSum } = readLayers(controlPoints, where, meterset / fcmw, spots, maxSpots);
  if (layers.length === 0) throw noWeight(where);
  const shifters = readRangeShifters(beam, controlPoints, where);
  const machine = beam.text(MACHINE.tag) ?? '';
  const read: IonBeam = {
    beamNumber,
    name: beam.text(TAG.beamName) ?? `Beam ${String(beamNumber)}`,
    machine,
    radiationType: radiationType(beam, where),
    scanMode,
    ...placement(controlPoints, where),
    virtualSadMm: positivePair(beam, SAD),
    controlPoints: controlPoints.length,
    finalCumulativeMetersetWeight: fcmw,
    meterset,
    rangeShifters: shifters.shifters,
    unmodelled: [...unmodelledDevices(beam, controlPoints), ...shifters.unmodelled],
    layers,
  };
  const modes = line ? [`${where}: ${LINE_REMARK}`] : [];
  const oddities = machine === '' ? [`${where}: ${nameOf(MACHINE)} is empty; the generic beam model is used`] : [];
  const weights = weightRemarks(controlPoints, where, weightSum, fcmw);
  return { beam: read, remarks: [...modes, ...oddities, ...shifters.remarks, ...weights] };
}

type Placement = Pick<IonBeam, 'gantryAngleDeg' | 'couchAngleDeg' | 'isocentreMm' | 'snoutPositionMm'>;

/** Each from the first control point that gives it; those behind it inherit (PS3.3 C.8.8.14.5). */
function placement(controlPoints: readonly DicomDataSet[], where: string): Placement {
  const giving = (of: NamedElement): DicomDataSet | undefined =>
    controlPoints.find((point) => point.numbers(of.tag, of.vr).length > 0);
  const from = (of: NamedElement): DicomDataSet => {
    const point = giving(of);
    if (point === undefined) throw missing(where, of);
    return point;
  };
  const snout = giving(SNOUT);
  return {
    gantryAngleDeg: need(from(GANTRY), where, GANTRY, 0, 360),
    couchAngleDeg: need(from(COUCH), where, COUCH, 0, 360),
    isocentreMm: needVector(from(ISOCENTRE), where, ISOCENTRE),
    snoutPositionMm: snout === undefined ? null : finiteOrNull(snout, SNOUT),
  };
}

function radiationType(beam: DicomDataSet, where: string): string {
  const type = beam.string(RADIATION.tag)?.toUpperCase();
  if (type === undefined) throw missing(where, RADIATION);
  return type;
}

/** Spots are read where the mode says, or says nothing against, that each stands still, and of LINE by a remark. */
function requireScanMode(beam: DicomDataSet, where: string): string {
  const mode = beam.string(SCAN_MODE.tag)?.toUpperCase() ?? '';
  const type = beam.string(TAG.modulatedScanModeType)?.toUpperCase() ?? '';
  const readable = ['MODULATED', '', LINE].includes(mode) || (mode === 'MODULATED_SPEC' && type !== 'LINEAR');
  if (readable) return mode;
  const named = mode === 'MODULATED_SPEC' ? 'MODULATED_SPEC with type LINEAR' : printable(mode);
  throw input('plan.scan-mode', `${where}: ${nameOf(SCAN_MODE)} ${named} is not readable in this version`, {
    remedy:
      'only spot scanning (MODULATED) and line scanning with private spots (LINE) are calculated; replan the beam',
  });
}

/** Codes are shown only when they look like codes: anything else may be text from somewhere else. */
const printable = (code: string): string => (/^[A-Z0-9_ ]{1,16}$/.test(code) ? code : '(not a code)');

function positiveMeterset(value: number | null, where: string, of: NamedElement): number {
  if (value !== null && value > 0 && Number.isFinite(value)) return value;
  const remedy = 'the plan needs monitor units: approve or calculate it in the planning system and export it again';
  if (value === null || value === 0) {
    const state = value === null ? 'is missing' : 'is 0';
    throw input('plan.no-meterset', `${where}: ${nameOf(of)} ${state}, so its MU cannot be known`, { remedy });
  }
  const state = Number.isFinite(value) ? `is ${String(value)}` : 'is not a finite number';
  throw input('plan.bad-number', `${where}: ${nameOf(of)} ${state}`, { remedy });
}

const noWeight = (where: string) =>
  input('plan.no-spots', `${where} has no layer that carries weight: all its spot weights are 0`, {
    remedy: 'calculate the beam in the planning system and export the plan again',
  });

function weightRemarks(points: readonly DicomDataSet[], where: string, sum: number, fcmw: number): readonly string[] {
  const remarks: string[] = [];
  const differs = (value: number): boolean => !(Math.abs(value - fcmw) <= WEIGHT_TOLERANCE * fcmw);
  if (differs(sum)) {
    const percent = ((100 * sum) / fcmw).toPrecision(6);
    remarks.push(
      `${where}: spot weights sum to ${String(sum)}, ${nameOf(FCMW)} is ${String(fcmw)}: ` +
        `the spots give ${percent} % of the beam's meterset`,
    );
  }
  const last = points.at(-1)?.number(CMW.tag, CMW.vr) ?? null;
  if (last === null || differs(last)) {
    remarks.push(`${where}: ${nameOf(CMW)} does not end at ${nameOf(FCMW)}; spot weights are summed instead`);
  }
  return remarks;
}
