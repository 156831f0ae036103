import type { EpochMs } from './time.js';

export const RECEIPT_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type ReceiptStatus = (typeof RECEIPT_STATUSES)[number];

/** UID and hash of what lies at the target in place of the object. */
export interface SentAs {
  readonly sopInstanceUid: string;
  readonly sha256: string;
}

/** Proof of the delivery of one object to one target; unique on (caseId, target, sopInstanceUid). */
export interface Receipt {
  readonly caseId: string;
  readonly target: string;
  readonly sopInstanceUid: string;
  readonly status: ReceiptStatus;
  /** Where the object is at the target: a path, or the peer's name. */
  readonly location: string | null;
  readonly sha256: string;
  /** How the target's copy was checked, in words; null until delivered. */
  readonly verifiedBy: string | null;
  /** What it was sent as, where that is not the object itself (de-identified targets); null or left out otherwise. */
  readonly sentAs?: SentAs | null;
  readonly at: EpochMs;
  /** How often it was sent there, or looked for there: 1 with the first `pending`. Counted by whoever keeps receipts. */
  readonly attempts?: number;
  /** What the target said of it last, or why it could not be asked, by its own words; null when it said nothing. */
  readonly peerSaid?: string | null;
}

/** A receipt as it is kept: what the target said is cleaned (domain/peer-words.ts). */
export type KeptReceipt = Required<Receipt>;
