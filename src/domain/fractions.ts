import type { DeliveryHeader } from './delivery-record.js';
import type { FractionStatus } from './delivery.js';
import type { EpochMs } from './time.js';

/** Deliveries that start within this time of the first belong to one fraction; ms. */
const FRACTION_WINDOW_MS = 3_600_000;

/** A treatment beam of the plan, as far as fractions need it. */
export interface PlannedDelivery {
  readonly beamNumber: number;
  readonly gantryAngleDeg: number;
  readonly layers: number;
}

export interface Fraction<D extends DeliveryHeader> {
  /** Counts from 1, by time. */
  readonly number: number;
  readonly startedAt: EpochMs;
  readonly status: FractionStatus;
  /** Every delivery of the fraction by time, also those that fit no beam. */
  readonly deliveries: readonly D[];
  /** Planned beams with a delivery, in the plan's order; an interrupted and resumed beam has several, by time. */
  readonly beams: readonly FractionBeam<D>[];
  /** For people: "4 of 5 beams have logs, beam 3 (G270) missing". Numbers only, no text out of the files. */
  readonly words: string;
}

export interface FractionBeam<D extends DeliveryHeader> {
  readonly beamNumber: number;
  readonly deliveries: readonly D[];
  /** By layer number; deliveries to be added up (two where the machine stopped within the layer and went on). */
  readonly layers: readonly { readonly layerNumber: number; readonly deliveries: readonly D[] }[];
  readonly state: BeamState;
}

/** `repeated`: delivered again rather than resumed. */
type BeamState = 'whole' | 'interrupted' | 'repeated';

/**
 * Deliveries of a case by fraction, in order of time.
 * @param now by the machine's clock, as `startedAt`: until an hour after its first delivery a fraction may still grow
 */
export function groupFractions<D extends DeliveryHeader>(
  deliveries: readonly D[],
  planned: readonly PlannedDelivery[],
  now: EpochMs,
): readonly Fraction<D>[] {
  const groups: D[][] = [];
  for (const delivery of [...deliveries].sort((a, b) => a.startedAt - b.startedAt || a.startLayer - b.startLayer)) {
    const group = groups.at(-1);
    const first = group?.[0];
    if (group === undefined || first === undefined || delivery.startedAt - first.startedAt > FRACTION_WINDOW_MS) {
      groups.push([delivery]);
    } else group.push(delivery);
  }
  return groups.map((group, index) => fractionOf(group, index + 1, planned, now));
}

/** The fraction that is simulated: the earliest complete one; null while there is none. */
export const referenceFraction = <D extends DeliveryHeader>(fractions: readonly Fraction<D>[]): Fraction<D> | null =>
  fractions.find(({ status }) => status === 'complete') ?? null;

function fractionOf<D extends DeliveryHeader>(
  deliveries: readonly D[],
  number: number,
  planned: readonly PlannedDelivery[],
  now: EpochMs,
): Fraction<D> {
  const startedAt = deliveries[0]?.startedAt ?? now;
  const beams = planned.flatMap((beam) => {
    const own = deliveries.filter(({ beamNumber }) => beamNumber === beam.beamNumber);
    return own.length === 0 ? [] : [beamOf(beam, own)];
  });
  const strangers = deliveries.filter(({ beamNumber }) => planned.every((beam) => beam.beamNumber !== beamNumber));
  const isOpen = now - startedAt <= FRACTION_WINDOW_MS;
  const status = statusOf(beams, strangers.length, planned.length, isOpen);
  return { number, startedAt, status, deliveries, beams, words: wordsOf(beams, strangers, planned) };
}

function statusOf(
  beams: readonly FractionBeam<DeliveryHeader>[],
  strangers: number,
  planned: number,
  isOpen: boolean,
): FractionStatus {
  if (strangers > 0 || beams.some(({ state }) => state === 'repeated')) return 'anomalous';
  if (beams.length === planned && beams.every(({ state }) => state === 'whole')) return 'complete';
  return isOpen ? 'pending' : 'partial';
}

function beamOf<D extends DeliveryHeader>(beam: PlannedDelivery, deliveries: readonly D[]): FractionBeam<D> {
  const layers = Array.from({ length: beam.layers }, (_, index) => ({
    layerNumber: index + 1,
    deliveries: deliveries.filter(({ startLayer, stopLayer }) => startLayer <= index + 1 && index + 1 <= stopLayer),
  })).filter((layer) => layer.deliveries.length > 0);
  const isResumed = deliveries.every((next, index) => {
    const before = deliveries[index - 1];
    return next.stopLayer <= beam.layers && (before === undefined || resumes(before, next, beam.layers));
  });
  const whole = layers.length === beam.layers ? 'whole' : 'interrupted';
  return { beamNumber: beam.beamNumber, deliveries, layers, state: isResumed ? whole : 'repeated' };
}

/**
 * The machine goes on within the layer it stopped in or at the next one. A delivery that reached the last layer can only
 * have stopped within it; a second start at layer 1 is then a beam given twice.
 */
function resumes(before: DeliveryHeader, next: DeliveryHeader, lastLayer: number): boolean {
  if (before.stopLayer === lastLayer) return next.startLayer === lastLayer && lastLayer > 1;
  return next.startLayer === before.stopLayer || next.startLayer === before.stopLayer + 1;
}

function wordsOf(
  beams: readonly FractionBeam<DeliveryHeader>[],
  strangers: readonly DeliveryHeader[],
  planned: readonly PlannedDelivery[],
): string {
  const missing = planned.filter((beam) => beams.every(({ beamNumber }) => beamNumber !== beam.beamNumber));
  return [
    `${String(beams.length)} of ${String(planned.length)} beams have logs`,
    ...missing.map(({ beamNumber, gantryAngleDeg }) => {
      return `beam ${String(beamNumber)} (G${String(Math.round(gantryAngleDeg))}) missing`;
    }),
    ...beams.flatMap((beam) => beamWords(beam, planned)),
    ...[...new Set(strangers.map(({ beamNumber }) => beamNumber))].map(
      (number) => `beam ${String(number)} has logs but is no treatment beam of the plan`,
    ),
  ].join(', ');
}

function beamWords(
  { beamNumber, deliveries, layers, state }: FractionBeam<DeliveryHeader>,
  planned: readonly PlannedDelivery[],
): readonly string[] {
  const all = planned.find((beam) => beam.beamNumber === beamNumber)?.layers ?? 0;
  const name = `beam ${String(beamNumber)}`;
  switch (state) {
    case 'whole':
      return deliveries.length > 1 ? [`${name} interrupted and resumed`] : [];
    case 'interrupted':
      return [`${name} interrupted, ${String(layers.length)} of ${String(all)} layers delivered`];
    case 'repeated':
      return deliveries.length > 1
        ? [`${name} delivered ${String(deliveries.length)} times`]
        : [`${name} has more layers than the plan's ${String(all)}`];
  }
}
