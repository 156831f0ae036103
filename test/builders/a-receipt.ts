import type { KeptReceipt } from '../../src/domain/receipt.js';

/** A pending receipt of case `c1` at the target `outbox`. */
export function aReceipt(change: Partial<KeptReceipt> = {}): KeptReceipt {
  return {
    caseId: 'c1',
    target: 'outbox',
    sopInstanceUid: '2.25.1',
    status: 'pending',
    location: null,
    sha256: 'ab'.repeat(32),
    verifiedBy: null,
    attempts: 1,
    peerSaid: null,
    sentAs: null,
    at: 1_760_000_000_000,
    ...change,
  };
}
