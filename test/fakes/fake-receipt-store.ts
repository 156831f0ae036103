import type { KeptReceipt } from '../../src/domain/receipt.js';
import type { ReceiptStore } from '../../src/ports/receipt-store.js';
import { answer, FakeTables } from './fake-tables.js';

/** Receipts in memory (test/contract/receipt-store.test.ts runs against this and the database). */
export class FakeReceiptStore implements ReceiptStore {
  constructor(readonly tables = new FakeTables()) {}

  ofCase(caseId: string): Promise<readonly KeptReceipt[]> {
    return answer(() => receiptsOf(this.tables, caseId));
  }

  record(receipt: KeptReceipt): Promise<void> {
    return answer(() => {
      const key = JSON.stringify([receipt.caseId, receipt.target, receipt.sopInstanceUid]);
      const kept = this.tables.receipts.get(key);
      const proves = receipt.status === 'delivered' && receipt.sha256 === kept?.sha256;
      if (kept?.status !== 'delivered' || proves) this.tables.receipts.set(key, receipt);
    });
  }
}

/** In the order the database gives: by target, then UID. */
export function receiptsOf(tables: FakeTables, caseId: string): readonly KeptReceipt[] {
  const order = ({ target, sopInstanceUid }: KeptReceipt): string => `${target}\n${sopInstanceUid}`;
  return [...tables.receipts.values()]
    .filter((receipt) => receipt.caseId === caseId)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
}
