import type { EpochMs } from '../../domain/time.js';

/** Since when the inbox was lost, and until when. */
export type PastLoss = readonly [from: EpochMs, to: EpochMs];

/** Older ones are forgotten: a share that goes away more often than that has other troubles. */
const MOST_KEPT = 200;

/** With one more; a loss that was noted already and has gone on takes the place of what was noted. */
export function withLoss(losses: readonly PastLoss[], from: EpochMs, to: EpochMs): readonly PastLoss[] {
  if (to <= from) return losses;
  return [...losses.filter(([other]) => other !== from), [from, to] as const].slice(-MOST_KEPT);
}

/** How much of the time since `since` the inbox was lost, ms. */
export function lostSince(losses: readonly PastLoss[], since: EpochMs): number {
  return losses.reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, since)), 0);
}
