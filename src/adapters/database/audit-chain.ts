import { createHash } from 'node:crypto';
import { canonicalRow, FIRST_HASH, type AuditFinding, type AuditHead, type AuditRow } from '../../domain/audit.js';

const MOST_FINDINGS = 100;

/** The row with its hash. */
export function sealed(row: Omit<AuditRow, 'hash'>): AuditRow {
  return { ...row, hash: createHash('sha256').update(canonicalRow(row)).digest('hex') };
}

/**
 * Looks at a chain from its first row on. Found are: a changed row (its hash no longer fits), a removed one (a gap in the
 * numbers), an inserted or exchanged one (its neighbour's hash does not fit), and by noted heads a chain that was cut
 * short or calculated anew as a whole, which no chain shows by itself.
 */
export class ChainCheck {
  #before: AuditHead = { seq: 0, hash: FIRST_HASH };
  readonly #findings: AuditFinding[] = [];
  readonly #noted = new Map<number, Set<string>>();
  #met = 0;

  constructor(noted: Iterable<AuditHead>) {
    for (const { seq, hash } of noted) this.#noted.set(seq, (this.#noted.get(seq) ?? new Set()).add(hash));
  }

  /** Rows in the order of their numbers. */
  look(row: AuditRow): void {
    const { seq, hash, previousHash } = row;
    const before = this.#before;
    if (seq !== before.seq + 1) this.#find(seq, missing(before.seq + 1, seq - 1));
    else if (previousHash !== before.hash) this.#find(seq, 'does not follow the row before it');
    if (sealed(row).hash !== hash) this.#find(seq, 'was changed');
    this.#compare(row);
    this.#before = { seq, hash };
  }

  end(): { readonly head: AuditHead | null; readonly anchors: number; readonly findings: readonly AuditFinding[] } {
    const { seq } = this.#before;
    const last = Math.max(0, ...this.#noted.keys());
    if (last > seq)
      this.#find(seq + 1, `${missing(seq + 1, last)} at the end: row ${String(last)} was noted elsewhere`);
    return { head: seq === 0 ? null : this.#before, anchors: this.#met, findings: this.#findings };
  }

  #compare({ seq, hash }: AuditRow): void {
    const noted = this.#noted.get(seq);
    if (noted === undefined) return;
    if (noted.size === 1 && noted.has(hash)) this.#met += 1;
    else this.#find(seq, 'is not the row that was noted elsewhere when it was written');
  }

  #find(seq: number, what: string): void {
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ seq, what });
  }
}

const missing = (first: number, last: number): string =>
  first === last ? `row ${String(first)} is missing` : `rows ${String(first)} to ${String(last)} are missing`;
