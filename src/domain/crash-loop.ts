import type { StepName } from './case-machine.js';
import { bug, toFailure, type CaseError, type Failure } from './errors.js';
import { LEASE_MS } from './lease.js';
import type { EpochMs } from './time.js';

/*
 * Which case is to blame when a service died, and from when on it is not run again.
 *
 * A service dies of many things: kill -9, a power cut, the memory killer, a fault that one case sets off each time. Only
 * the last is a reason to hold a case, and the death itself does not tell. What we know is which steps ran, since when,
 * when the service last gave a sign of life (it renews its leases every 10 s), and what the steps had achieved.
 *
 *   suspect    a step that had achieved nothing since its start; of `simulate`, which may run for hours, only one that
 *              was starting or converting a beam within the last minute before its first one was done: cases that merely
 *              wait for a place or for their engines do nothing that can kill a service.
 *   alone      two points: it was the only suspect, and most probably it was this one.
 *   with others  one point each; from the second point on they go one after another, so that the next death has one
 *              suspect.
 *   six points  (three deaths alone, or six in company) hold the case. Whatever a step achieves clears its points.
 *
 * So a service that is killed from outside again and again holds nobody as long as steps get anywhere in between.
 */

/** What the service that died was doing with one case. */
export interface Orphan {
  readonly caseId: string;
  readonly step: StepName;
  /** Points so far (column `crashes`). */
  readonly crashes: number;
  /** When its step was started; null if no open attempt says so. */
  readonly startedAt: EpochMs | null;
  readonly leasedUntil: EpochMs | null;
  /** The step had something to show since its start: a beam ended, an object delivered. */
  readonly gotSomewhere: boolean;
  /** A simulating case none of whose beams was being started or converted. */
  readonly onlyWaited: boolean;
}

/** What is written with the freed lease. */
export interface AfterCrash {
  readonly caseId: string;
  readonly crashes: number;
  /** Not before this time, so that suspects go one after another; null: at once. */
  readonly notBefore: EpochMs | null;
  /** Set where the case is held. */
  readonly held: Failure | null;
}

const ALONE = 2;
const WITH_OTHERS = 1;
const HOLD_FROM = 6;
const APART_MS = 2_000;
/** Work goes on within 30 s of a restart, whatever happened. */
const LONGEST_WAIT_MS = 20_000;
/** A simulate step that has lived this long is not what kills the service at its start. */
const YOUNG_MS = 60_000;

export const crashLoop = (step: StepName): CaseError =>
  bug('case.crash-loop', `the service ended each time during ${step} of this case`, {
    remedy: 'read the log of the service at those times, report this with the log of the case, then: mqi resume ID',
  });

/** What becomes of the cases of a service that died. Pure. */
export function afterCrash(orphans: readonly Orphan[], at: EpochMs): readonly AfterCrash[] {
  const suspects = orphans.filter(isSuspect);
  return orphans.map((orphan) => {
    const { caseId } = orphan;
    const place = suspects.indexOf(orphan);
    if (place < 0) return { caseId, crashes: orphan.gotSomewhere ? 0 : orphan.crashes, notBefore: null, held: null };
    const alone = suspects.length === 1;
    const crashes = orphan.crashes + (alone ? ALONE : WITH_OTHERS);
    if (crashes >= HOLD_FROM) return { caseId, crashes, notBefore: null, held: toFailure(crashLoop(orphan.step)) };
    const waitMs = alone || crashes < 2 ? 0 : Math.min(place * APART_MS, LONGEST_WAIT_MS);
    return { caseId, crashes, notBefore: waitMs === 0 ? null : at + waitMs, held: null };
  });
}

function isSuspect({ step, startedAt, leasedUntil, gotSomewhere, onlyWaited }: Orphan): boolean {
  if (gotSomewhere || startedAt === null) return false;
  if (step !== 'simulate') return true;
  const lastSeen = (leasedUntil ?? 0) - LEASE_MS;
  return !onlyWaited && lastSeen - startedAt <= YOUNG_MS;
}
