import type { CaseStore, Claim } from '../../src/ports/case-store.js';

/** The first case due for validation, claimed at the given time. */
export async function claimOne(cases: CaseStore, now: number): Promise<Claim> {
  const [claim] = await cases.claimDue({
    owner: 'service-1',
    now,
    leaseMs: 30_000,
    steps: ['validate'],
    limit: 1,
  });
  if (claim === undefined) throw new Error('nothing was claimed');
  return claim;
}
