import { input } from '../../../domain/errors.js';
import type { CaseError } from '../../../domain/errors.js';
import { MAX_PLAN_SPOTS } from '../../../domain/plan.js';
import type { PlanLayer } from '../../../domain/plan.js';
import type { DicomDataSet } from './data-set.js';
import { badNumber, element, missing, nameOf, positivePair, within } from './plan-numbers.js';
import type { NamedElement } from './plan-numbers.js';
import { TAG } from './tags.js';

const ENERGY = element(TAG.energy, 'Nominal Beam Energy');
const WEIGHTS = element(TAG.spotWeights, 'Scan Spot Meterset Weights', 'FL');
const POSITIONS = element(TAG.spotPositions, 'Scan Spot Position Map', 'FL');
const COUNT = element(TAG.spotCount, 'Number of Scan Spot Positions');
const SPOT_SIZE = element(TAG.spotSize, 'Scanning Spot Size', 'FL');
const PAINTINGS = element(TAG.paintings, 'Number of Paintings');

/** The spots of one control point as they stand there, not yet checked. */
export interface PointSpots {
  readonly weights: readonly number[];
  /** x, y, x, y ... mm at isocentre. */
  readonly positions: readonly number[];
  /** How many there are by the file's own word. */
  readonly announced: number | null;
  /** What errors call them by. */
  readonly elements: { readonly count: NamedElement; readonly positions: NamedElement; readonly weights: NamedElement };
}

/** Where a scan mode keeps its spots. */
export interface SpotSource {
  /** Null for a control point without spots. */
  read(point: DicomDataSet, where: string): PointSpots | null;
  /** The error of a beam that has them in none of its control points. */
  none(beam: string): CaseError;
}

const STANDARD = { count: COUNT, positions: POSITIONS, weights: WEIGHTS };

export const STANDARD_SPOTS: SpotSource = {
  read: (point) => {
    const weights = point.numbers(WEIGHTS.tag, WEIGHTS.vr);
    if (weights.length === 0) return null;
    const positions = point.numbers(POSITIONS.tag, POSITIONS.vr);
    return { weights, positions, announced: point.number(COUNT.tag, COUNT.vr), elements: STANDARD };
  },
  none: (beam) =>
    input('plan.no-spots', `${beam} has no spots: ${nameOf(WEIGHTS)} is in none of its control points`, {
      remedy: 'only pencil beam scanning with standard spot elements is calculated; leave this beam out or replan it',
    }),
};

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
 * @param source where the beam's scan mode keeps its spots
 * @param maxSpots what the beams before it leave of MAX_PLAN_SPOTS
 * @throws input `plan.no-spots`, `plan.scan-mode`, `plan.spot-count`, `plan.bad-number`, `plan.missing-element`,
 * `plan.too-complex`
 */
export function readLayers(
  controlPoints: readonly DicomDataSet[],
  beam: string,
  metersetPerWeight: number,
  source: SpotSource,
  maxSpots: number,
): WeightedLayers {
  const layers: PlanLayer[] = [];
  let energyMeV: number | null = null;
  let weightSum = 0;
  let withSpots = 0;
  let spotCount = 0;
  controlPoints.forEach((point, index) => {
    const where = `${beam}, control point ${String(index)}`;
    const ownEnergy = point.number(ENERGY.tag, ENERGY.vr);
    if (ownEnergy !== null) energyMeV = checkedEnergy(ownEnergy, where);
    const spots = source.read(point, where);
    if (spots === null) return;
    withSpots++;
    const sum = sumOfWeights(spots, where);
    weightSum += sum;
    if (sum === 0) return;
    if (energyMeV === null) throw missing(where, ENERGY);
    spotCount += spots.weights.length;
    if (spotCount > maxSpots) throw tooManySpots();
    layers.push(layer(point, index, where, energyMeV, spots, metersetPerWeight));
  });
  if (withSpots === 0) throw source.none(beam);
  return { layers, weightSum };
}

const tooManySpots = (): CaseError =>
  input('plan.too-complex', `the plan has more than ${String(MAX_PLAN_SPOTS)} spots`, {
    remedy: 'check the export: no plan of this size is read',
  });

function layer(
  point: DicomDataSet,
  controlPointIndex: number,
  where: string,
  energyMeV: number,
  spots: PointSpots,
  metersetPerWeight: number,
): PlanLayer {
  requireCounts(spots, where);
  const { weights, positions, elements } = spots;
  const xMm = new Array<number>(weights.length);
  const yMm = new Array<number>(weights.length);
  for (let i = 0; i < weights.length; i++) {
    xMm[i] = within(positions[2 * i] ?? NaN, where, elements.positions, -Infinity, Infinity);
    yMm[i] = within(positions[2 * i + 1] ?? NaN, where, elements.positions, -Infinity, Infinity);
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

function sumOfWeights({ weights, elements }: PointSpots, where: string): number {
  let sum = 0;
  for (const weight of weights) sum += within(weight, where, elements.weights, 0, Infinity);
  return sum;
}

function requireCounts({ weights, positions, announced, elements }: PointSpots, where: string): void {
  if (positions.length === 2 * weights.length && (announced === null || announced === weights.length)) return;
  const says = announced === null ? '' : `${nameOf(elements.count)} says ${String(announced)}, `;
  const found = `there are ${String(weights.length)} weights and ${String(positions.length)} coordinates`;
  throw input('plan.spot-count', `${where}: ${says}${found}; each spot needs one weight, x and y`, {
    remedy: 'export the plan again from the planning system',
  });
}
