import { Token } from 'typedi';
import type { AuditAction, AuditEntry, AuditFinding, AuditHead, AuditRow } from '../domain/audit.js';
import type { EpochMs } from '../domain/time.js';

export interface AuditFilter {
  readonly since?: EpochMs;
  readonly caseId?: string;
  readonly actor?: string;
  readonly actions?: readonly AuditAction[];
}

/** What a check of the chain found. */
export interface AuditReport {
  /** Of the chain as it is; null when it is empty. */
  readonly head: AuditHead | null;
  /** Rows noted when they were written (anchors) and found again. */
  readonly anchors: number;
  /** None when sound; at most 100. */
  readonly findings: readonly AuditFinding[];
}

/** Who did what: written once, never changed, each row bound to the one before by its hash (docs/adr/0143). */
export interface AuditTrail {
  /** Durable when it resolves. Rejects where it cannot be written: then what it speaks of must not be done. */
  append(entry: AuditEntry): Promise<AuditRow>;
  /** Newest first, at most `limit`, before row `before` if that is given. */
  list(filter: AuditFilter, limit: number, before?: number): Promise<readonly AuditRow[]>;
  /** Oldest first, at most `limit`, after row `after` (0: from the first). */
  following(filter: AuditFilter, limit: number, after: number): Promise<readonly AuditRow[]>;
  /** Looks at every row, and at the heads that were noted elsewhere (those given and the anchors). */
  verify(noted?: readonly AuditHead[]): Promise<AuditReport>;
}
export const AuditTrail = new Token<AuditTrail>('AuditTrail');
