import type { AcceptedDelivery } from './accepted-delivery.js';
import { clockTime } from './delivery-remarks.js';
import type { DeliveryHeader } from './delivery-record.js';
import { input } from './errors.js';
import type { FoundDelivery } from './found-delivery.js';
import { groupFractions, referenceFraction } from './fractions.js';
import type { Fraction } from './fractions.js';
import { requireEnergies } from './layer-energies.js';
import type { IonPlan } from './plan.js';
import type { EpochMs } from './time.js';

/** `accept`: every treatment beam is there once and whole, in the reference fraction. What is wrong is thrown (input). */
export type DeliveryAcceptance =
  | {
      readonly do: 'accept';
      /** Every delivery that can be read, of all fractions, by time. */
      readonly deliveries: readonly AcceptedDelivery[];
      readonly referenceFraction: number;
      readonly remarks: readonly string[];
    }
  | { readonly do: 'wait'; readonly waitingFor: string };

/** A delivery whose PlanInfo could be read. */
type Known = DeliveryHeader & { readonly found: FoundDelivery };

const SHOWN = 5;

/**
 * The rules of acceptance on delivery logs (docs/delivery-logs.md). A folder whose PlanInfo cannot be read is waited for,
 * since nobody knows which fraction it belongs to; damage in a delivery of another fraction than the reference is a remark.
 * @param now by the machine's clock, as `startedAt`
 * @throws input `delivery.patient-mismatch`, `delivery.energy-mismatch`
 */
export function acceptDeliveries(
  found: readonly FoundDelivery[],
  plan: Pick<IonPlan, 'patientId' | 'beams'>,
  now: EpochMs,
): DeliveryAcceptance {
  const known = found.flatMap((one) => (one.header === null ? [] : [{ ...one.header, found: one }]));
  requirePatient(known, plan);
  const planned = plan.beams.map(({ beamNumber, gantryAngleDeg, layers }) => {
    return { beamNumber, gantryAngleDeg, layers: layers.length };
  });
  const fractions = groupFractions(known, planned, now);
  const reference = referenceFraction(fractions);
  const unknown = found.filter(({ header }) => header === null).flatMap(problemsOf);
  const missing = [
    ...(reference === null ? [fractionsWords(fractions, plan.beams.length)] : []),
    ...unknown,
    ...(reference?.deliveries ?? known).flatMap((one) => problemsOf(one.found)),
  ];
  if (reference === null || missing.length > 0) return { do: 'wait', waitingFor: shown(missing) };
  requireEnergies(
    plan.beams,
    reference.deliveries.map((one) => ({ beamNumber: one.beamNumber, layers: one.found.layers })),
  );
  return {
    do: 'accept',
    deliveries: fractions.flatMap(acceptedDeliveries),
    referenceFraction: reference.number,
    remarks: remarksOf(fractions, reference),
  };
}

/** What a case waits for that has no logs at all. */
export const logsOfBeams = (beams: number): string => `delivery logs of ${String(beams)} beam${beams === 1 ? '' : 's'}`;

/** Identifiers are compared, never shown. */
function requirePatient(known: readonly Known[], { patientId }: Pick<IonPlan, 'patientId'>): void {
  const strangers = known.filter((one) => one.patientId.trim() !== patientId.trim());
  if (strangers.length === 0) return;
  const which = strangers.map(({ beamNumber, startedAt }) => `beam ${String(beamNumber)} of ${clockTime(startedAt)}`);
  throw input('delivery.patient-mismatch', `patient IDs of plan and delivery logs differ: ${shown(which, ', ')}`, {
    remedy: 'check whose logs these are; leave only those of the plan’s patient in the folder',
  });
}

/** With one fraction its words alone: there is nothing to tell it from. */
function fractionsWords(fractions: readonly Fraction<Known>[], beams: number): string {
  const [only, ...more] = fractions;
  if (only === undefined) return logsOfBeams(beams);
  if (more.length === 0) return only.status === 'anomalous' ? `the fraction is anomalous: ${only.words}` : only.words;
  return `no fraction is complete: ${shown(fractions.map(fractionWords))}`;
}

const fractionWords = ({ number, startedAt, status, words }: Fraction<Known>): string =>
  `fraction ${String(number)} (${clockTime(startedAt)})${status === 'anomalous' ? ' anomalous' : ''}: ${words}`;

/** What keeps a delivery from being used, by beam where it is known. */
function problemsOf({ folder, header, layers, missingLayers, problems }: FoundDelivery): readonly string[] {
  const where = header === null ? folderWords(folder) : `beam ${String(header.beamNumber)}`;
  const all = problems.map((problem) => `${where}: ${problem}`);
  if (missingLayers.length === 0) return all;
  const there = `${String(layers.length - missingLayers.length)} of ${String(layers.length)}`;
  const which = `layer${missingLayers.length === 1 ? '' : 's'} ${shown(missingLayers.map(String), ', ')} missing`;
  return [...all, `${where}: ${there} layer files are there, ${which}`];
}

/** A name of the documented form is a moment and may be shown; any other may hold anything. */
function folderWords(folder: string): string {
  const name = folder.slice(folder.lastIndexOf('/') + 1);
  return /^\d{14,16}$/.test(name) ? `delivery ${name}` : 'a delivery folder';
}

function remarksOf(fractions: readonly Fraction<Known>[], reference: Fraction<Known>): readonly string[] {
  const others = fractions.filter((fraction) => fraction !== reference);
  const damage = others.flatMap(({ deliveries }) => deliveries.flatMap(({ found }) => problemsOf(found)));
  return [
    `calculated from delivery logs: ${fractionWords(reference)}`,
    ...others.map((fraction) => `not calculated: ${fractionWords(fraction)}`),
    ...(damage.length === 0 ? [] : [`damaged logs of fractions that are not calculated: ${shown(damage)}`]),
  ];
}

const acceptedDeliveries = ({ number, status, deliveries }: Fraction<Known>): readonly AcceptedDelivery[] =>
  deliveries.map(({ found, beamNumber, startedAt, startLayer, stopLayer }) => {
    const { folder } = found;
    return { folder, beamNumber, startedAt, startLayer, stopLayer, fraction: number, fractionStatus: status };
  });

function shown(texts: readonly string[], between = '; '): string {
  const more = texts.length - SHOWN;
  return texts.slice(0, SHOWN).join(between) + (more > 0 ? ` and ${String(more)} more` : '');
}
