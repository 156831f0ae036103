import { Token } from 'typedi';
import type { Receipt } from '../domain/receipt.js';

/** Receipts; unique on case, target and SOP instance UID. Delivered receipts are never changed back. */
export interface ReceiptStore {
  ofCase(caseId: string): Promise<readonly Receipt[]>;
  record(receipt: Receipt): Promise<void>;
}
export const ReceiptStore = new Token<ReceiptStore>('ReceiptStore');
