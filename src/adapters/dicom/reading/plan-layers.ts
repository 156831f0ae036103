import { input } from '../../../domain/errors.js';
import type { PlanLayer } from '../../../domain/plan.js';
import type { DicomDataSet } from './data-set.js';
import { badNumber, element, missing, nameOf, positivePair, within } from './plan-numbers.js';
import { TAG } from './tags.js';

const ENERGY = element(TAG.energy, 'Nominal Beam Energy');
const WEIGHTS = element(TAG.spotWeights, 'Scan Spot Meterset Weights', 'FL');
const POSITIONS = element(TAG.spotPositions, 'Scan Spot Position Map', 'FL');
const COUNT = element(TAG.spotCount, 'Number of Scan Spot Positions');
const SPOT_SIZE = element(TAG.spotSize, 'Scanning Spot Size', 'FL');
const PAINTINGS = element(TAG.paintings, 'Number of Paintings');

/** Layers with the spots' plain weights; the meterset is put in once the beam's scale is known. */
export interface WeightedLayers {
  readonly layers: readonly PlanLayer[];
  /** Sum of all spot weights of the beam. */
  readonly weightSum: number;
}

/**
 * The control points that carry weight (domain: a pair's second control point repeats the spots with zero weights, and
 * some plans do not pair). An energy that is not given is the one before it.
 * @param metersetPerWeight BeamMeterset / FinalCumulativeMetersetWeight
 * @throws input `plan.no-spots`, `plan.spot-count`, `plan.bad-number`, `plan.missing-element`
 */
export function readLayers(
  controlPoints: readonly DicomDataSet[],
  beam: string,
  metersetPerWeight: number,
): WeightedLayers {
  const layers: PlanLayer[] = [];
  let energyMeV: number | null = null;
  let weightSum = 0;
  let withSpots = 0;
  controlPoints.forEach((point, index) => {
    const where = `${beam}, control point ${String(index)}`;
    const ownEnergy = point.number(ENERGY.tag, ENERGY.vr);
    if (ownEnergy !== null) energyMeV = checkedEnergy(ownEnergy, where);
    const weights = point.numbers(WEIGHTS.tag, WEIGHTS.vr);
    if (weights.length === 0) return;
    withSpots++;
    const sum = sumOfWeights(weights, where);
    weightSum += sum;
    if (sum === 0) return;
    if (energyMeV === null) throw missing(where, ENERGY);
    layers.push(layer(point, index, where, energyMeV, weights, metersetPerWeight));
  });
  if (withSpots === 0) throw noSpots(beam);
  return { layers, weightSum };
}

function layer(
  point: DicomDataSet,
  controlPointIndex: number,
  where: string,
  energyMeV: number,
  weights: readonly number[],
  metersetPerWeight: number,
): PlanLayer {
  const positions = point.numbers(POSITIONS.tag, POSITIONS.vr);
  requireCounts(point, where, weights.length, positions.length);
  const xMm = new Array<number>(weights.length);
  const yMm = new Array<number>(weights.length);
  for (let i = 0; i < weights.length; i++) {
    xMm[i] = within(positions[2 * i] ?? NaN, where, POSITIONS, -Infinity, Infinity);
    yMm[i] = within(positions[2 * i + 1] ?? NaN, where, POSITIONS, -Infinity, Infinity);
  }
  const paintings = point.number(PAINTINGS.tag, PAINTINGS.vr);
  return {
    controlPointIndex,
    energyMeV,
    paintings: paintings !== null && Number.isInteger(paintings) && paintings > 0 ? paintings : 1,
    spotSizeFwhmMm: positivePair(point, SPOT_SIZE),
    xMm,
    yMm,
    meterset: weights.map((weight) => weight * metersetPerWeight),
  };
}

function checkedEnergy(energyMeV: number, where: string): number {
  const energy = within(energyMeV, where, ENERGY, 0, Infinity);
  if (energy === 0) throw badNumber(where, ENERGY, 'is 0');
  return energy;
}

function sumOfWeights(weights: readonly number[], where: string): number {
  let sum = 0;
  for (const weight of weights) sum += within(weight, where, WEIGHTS, 0, Infinity);
  return sum;
}

function requireCounts(point: DicomDataSet, where: string, weights: number, positions: number): void {
  const announced = point.number(COUNT.tag, COUNT.vr);
  if (positions === 2 * weights && (announced === null || announced === weights)) return;
  const says = announced === null ? '' : `${nameOf(COUNT)} says ${String(announced)}, `;
  const found = `there are ${String(weights)} weights and ${String(positions)} coordinates`;
  throw input('plan.spot-count', `${where}: ${says}${found}; each spot needs one weight, x and y`, {
    remedy: 'export the plan again from the planning system',
  });
}

const noSpots = (beam: string) =>
  input('plan.no-spots', `${beam} has no spots: ${nameOf(WEIGHTS)} is in none of its control points`, {
    remedy: 'only pencil beam scanning with standard spot elements is calculated; leave this beam out or replan it',
  });
