import type { EpochMs } from './time.js';

/** What people do that is written down. */
export const AUDIT_ACTIONS = [
  'retry',
  'hold',
  'resume',
  'cancel',
  'priority',
  'submit',
  'deliver',
  'download',
  'login',
  'logout',
  'user-add',
  'user-remove',
  'user-password',
  'user-role',
] as const;
export type AuditAction = (typeof AUDIT_ACTIONS)[number];

/**
 * `asked` is written before an action begins, one of the others when it has ended; an `asked` without one of them was cut
 * short by a crash. `locked-out` is a guess after which its address has to wait.
 */
export const AUDIT_RESULTS = ['asked', 'done', 'refused', 'failed', 'locked-out'] as const;
export type AuditResult = (typeof AUDIT_RESULTS)[number];

/** Further facts: numbers, codes, names of users. Never a folder name, a reason in free words, or anything of a patient. */
export type AuditDetail = Readonly<Record<string, string | number | boolean>>;

/** Something that somebody did. */
export interface AuditEntry {
  /** `cli:NAME` (user of the operating system), `web:NAME`, `web:token`, `web:anyone`, `control-file`. */
  readonly actor: string;
  readonly action: AuditAction;
  readonly caseId: string | null;
  readonly result: AuditResult;
  readonly detail: AuditDetail;
}

/** As it is kept: a link of the chain. */
export interface AuditRow {
  /** 1, 2, 3 ... without a gap. */
  readonly seq: number;
  readonly at: EpochMs;
  readonly actor: string;
  readonly action: string;
  readonly caseId: string | null;
  readonly result: string;
  /** JSON with its keys in order. */
  readonly detail: string;
  /** Of the row before; of the first one, `FIRST_HASH`. */
  readonly previousHash: string;
  /** SHA-256, hex, of `canonicalRow`. */
  readonly hash: string;
}

export const FIRST_HASH = '0'.repeat(64);

/** The length of the chain and the hash of its last row: noted elsewhere, it shows later whether rows are missing. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

export const canonicalDetail = (detail: AuditDetail): string =>
  JSON.stringify(Object.fromEntries(Object.entries(detail).sort(([a], [b]) => (a < b ? -1 : 1))));

/** Everything of a row but its own hash, in one spelling: the same bytes from both databases and every version of ours. */
export const canonicalRow = (row: Omit<AuditRow, 'hash'>): string =>
  JSON.stringify([row.seq, row.at, row.actor, row.action, row.caseId, row.result, row.detail, row.previousHash]);

/** Something in the chain that is not as it was written. */
export interface AuditFinding {
  readonly seq: number;
  /** In words. */
  readonly what: string;
}
