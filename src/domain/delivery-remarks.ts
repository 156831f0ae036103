import type { AcceptedCase } from './accepted-case.js';
import type { EpochMs } from './time.js';

/** What a reader of the dose must know where the counts per MU of the machine are not configured. */
export const SCALED_TO_PLAN =
  'delivered meterset scaled to the plan: the counts per MU of the machine are not known (machines[].calibration.countsPerMu)';

/**
 * What each RT Dose says of where its spots come from: nothing where they are the plan's. What stands before a colon is the
 * short form (docs/rt-dose.md).
 */
export function sourceRemarks({
  deliveries,
  referenceFraction,
  remarks,
}: Pick<AcceptedCase, 'deliveries' | 'referenceFraction' | 'remarks'>): readonly string[] {
  const [first] = deliveries.filter(({ fraction }) => fraction === referenceFraction);
  if (first === undefined) return [];
  return [
    `as delivered: spots from the delivery logs of ${clockTime(first.startedAt)}`,
    ...remarks.filter((remark) => remark === SCALED_TO_PLAN),
  ];
}

/** The machine's own clock, to the second. */
export const clockTime = (at: EpochMs): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');
