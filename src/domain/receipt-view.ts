import type { Receipt } from './receipt.js';

/** Proof of the delivery of one object to one target, as shown: times are ISO 8601 UTC. */
export interface ReceiptView {
  readonly target: string;
  readonly sopInstanceUid: string;
  readonly status: string;
  readonly location: string | null;
  readonly sha256: string;
  readonly verifiedBy: string | null;
  /** How often it was sent there, or looked for there. */
  readonly attempts: number;
  /** What the target said of it last, without what may name the patient. */
  readonly peerSaid: string | null;
  /** The UID it was sent under, where that is not its own (de-identified targets); left out otherwise. */
  readonly sentUid?: string;
  readonly at: string;
}

export function receiptView({ attempts = 1, peerSaid = null, sentAs = null, ...receipt }: Receipt): ReceiptView {
  const { target, sopInstanceUid, status, location, sha256, verifiedBy, at } = receipt;
  const iso = new Date(at).toISOString();
  const sent = sentAs === null ? {} : { sentUid: sentAs.sopInstanceUid };
  return { target, sopInstanceUid, status, location, sha256, verifiedBy, attempts, peerSaid, ...sent, at: iso };
}

const COLUMNS = [
  'target',
  'sopInstanceUid',
  'status',
  'location',
  'sha256',
  'verifiedBy',
  'attempts',
  'peerSaid',
  'sentUid',
  'at',
] as const satisfies readonly (keyof ReceiptView)[];

/** How every such table begins. */
export const RECEIPTS_START = COLUMNS.join(',');

/** RFC 4180, first line the names of the columns; what is null is empty. */
export function receiptsCsv(receipts: readonly ReceiptView[]): string {
  const lines = receipts.map((receipt) => COLUMNS.map((name) => cell(receipt[name])).join(','));
  return [RECEIPTS_START, ...lines, ''].join('\r\n');
}

/** A text that a spreadsheet would take for a formula is one it must not obey. */
function cell(value: string | number | null | undefined): string {
  const text = value === null || value === undefined ? '' : String(value);
  const plain = typeof value === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
