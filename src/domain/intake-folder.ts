import type { Arrival } from './arrival.js';
import { found, type Settling, type Snapshot } from './settling.js';
import type { EpochMs } from './time.js';

/**
 * A case folder of an inbox as the watcher last knew it (table `intake_folders`), so that a restart goes on where the last
 * service ended: with a folder that is half-way through its quiet time, and with one that was taken already.
 *
 * Two services agree on how long ago something was only by the machine's monotonic clock, which no clock change moves and
 * which begins anew at each boot. So a row carries `clockOrigin`: the wall time at which that clock read zero. Where it
 * is another one now, the machine was started anew or its clock was set: then no remembered time counts.
 * Of a folder that was taken no time is kept (0), so that nothing is written of it as long as its content stays.
 */
export interface IntakeFolder extends Arrival {
  /** Which inbox; '' for the only one. */
  readonly inbox: string;
  readonly clockOrigin: EpochMs;
  /** True until the content now there has been handed over. */
  readonly isArriving: boolean;
  /** What the last walk saw; null when something has changed since. */
  readonly seen: Snapshot | null;
  /** The content last handed over, and the marker that was obeyed then. */
  readonly takenFingerprint: string | null;
  readonly takenMarker: string | null;
}

/** What is known of a folder, in the terms of the running service. */
export interface KnownFolder {
  readonly settling: Settling;
  /** Fingerprint of the content last handed over. */
  readonly offered: string | null;
}

/** Two readings of the two clocks differ by less, and a clock that is set is set by more. */
export const CLOCK_STEP_MS = 1_000;

/** True until the content now there has been handed over. */
export function isArriving({ settling: { seen, seenAt, eventAt }, offered }: KnownFolder): boolean {
  return seen === null || seen.fingerprint !== offered || eventAt >= seenAt;
}

const isSeenSinceChange = ({ seenAt, eventAt, sameSince, lastChangeAt }: Settling): boolean =>
  eventAt < seenAt && sameSince >= lastChangeAt;

/** The row of a folder. @param clockOrigin wall time at which the monotonic clock read zero */
export function remembered(
  { inbox, folder }: Pick<IntakeFolder, 'inbox' | 'folder'>,
  known: KnownFolder,
  clockOrigin: EpochMs,
): IntakeFolder {
  const { seen, lastChangeAt, obeyedMarker } = known.settling;
  const arrives = isArriving(known);
  return {
    inbox,
    folder,
    files: seen?.files ?? 0,
    bytes: seen?.bytes ?? 0,
    // Rounded to the later side: a quiet time never ends early for it.
    lastChangeAt: arrives ? Math.ceil(lastChangeAt + clockOrigin) : 0,
    clockOrigin: arrives ? clockOrigin : 0,
    isArriving: arrives,
    seen: isSeenSinceChange(known.settling) ? seen : null,
    takenFingerprint: known.offered,
    takenMarker: obeyedMarker,
  };
}

/** The same, but to be looked at again before it counts as settled. */
export function unseen({ settling, offered }: KnownFolder, now: number): KnownFolder {
  const { obeyedMarker, takenContent } = settling;
  return { settling: { ...found(now), obeyedMarker, takenContent }, offered };
}

/**
 * What a service that starts at `now` (monotonic) makes of a row. A folder that was taken counts as seen now. For one on its
 * way the time since its last change counts, also that during which no service ran, and the walk that follows decides:
 * where it finds another content than the remembered one, the quiet time begins with that walk.
 */
export function recalled(row: IntakeFolder, now: number, clockOrigin: EpochMs): KnownFolder {
  const offered = row.takenFingerprint;
  const anew = { ...found(now), obeyedMarker: row.takenMarker, takenContent: offered };
  const { seen } = row;
  if (seen === null) return { settling: anew, offered };
  if (!row.isArriving && seen.fingerprint === offered) return { settling: { ...anew, seen }, offered };
  const lastChangeAt = row.lastChangeAt - row.clockOrigin;
  const isSameClock = Math.abs(clockOrigin - row.clockOrigin) <= CLOCK_STEP_MS && lastChangeAt <= now;
  if (!isSameClock) return { settling: anew, offered };
  return { settling: { ...anew, seen, lastChangeAt, seenAt: lastChangeAt, sameSince: lastChangeAt }, offered };
}
