import { Token } from 'typedi';
import type { KeptReceipt } from '../domain/receipt.js';

/** Receipts; unique on case, target and SOP instance UID. Delivered ones are never changed back: only a later proof of the same bytes takes their place. */
export interface ReceiptStore {
  ofCase(caseId: string): Promise<readonly KeptReceipt[]>;
  record(receipt: KeptReceipt): Promise<void>;
}
export const ReceiptStore = new Token<ReceiptStore>('ReceiptStore');
