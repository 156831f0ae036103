import type { CaseStore } from '../ports/case-store.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';

/** What the manager is at, as far as its leases go. */
export interface AtWork {
  /** Cases whose step runs here. */
  readonly running: ReadonlyMap<string, unknown>;
  /** True while the answer to a claim may be on its way. */
  readonly claiming: boolean;
}

const LET_GO = { leaseOwner: null, leasedUntil: null } as const;

/**
 * Renews the leases of `owner`, and frees those that no step works on: the answer to a claim, or to the end of a step,
 * was lost. Nobody else may take such a case, and it would be renewed for ever. Gives the number of leases freed.
 */
export async function renewLeases(
  stores: { readonly cases: CaseStore; readonly clock: Clock; readonly log: Logger },
  owner: string,
  leaseMs: number,
  at: () => AtWork,
): Promise<number> {
  const { cases, clock, log } = stores;
  const renewed = await cases.renewLeases(owner, clock.now() + leaseMs);
  if (renewed <= at().running.size) return 0;
  const leased = await cases.leasedBy(owner);
  const { claiming, running } = at();
  if (claiming) return 0; // some may be claims on their way: at the next renewal
  const forgotten = leased.filter(({ id }) => !running.has(id));
  for (const kase of forgotten) {
    log.warn('lease freed that nobody worked on', { caseId: kase.id });
    await cases.commit(kase, { change: LET_GO, at: clock.now() });
  }
  return forgotten.length;
}
