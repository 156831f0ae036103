import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { In } from 'typeorm';
import { canonicalDetail, FIRST_HASH, type AuditEntry, type AuditHead, type AuditRow } from '../../domain/audit.js';
import type { AuditFilter, AuditReport, AuditTrail } from '../../ports/audit-trail.js';
import type { Clock } from '../../ports/clock.js';
import type { Logger } from '../../ports/logger.js';
import type { AuditAnchors } from './audit-anchors.js';
import { ChainCheck, sealed } from './audit-chain.js';
import type { Connections } from './connections.js';
import { AuditSchema } from './schemas/audit-schema.js';

/** Any number that the database's users agree on: whoever holds this advisory lock adds a row. */
const CHAIN_LOCK = 0x6d_71_61;
const ROWS_AT_ONCE = 1_000;

/**
 * The audit trail in SQLite or PostgreSQL. Service and command line both add rows, and each row needs the one before it:
 * SQLite lets one writer at a time (BEGIN IMMEDIATE); on PostgreSQL a transaction takes an advisory lock before it reads
 * the last row, and holds it until it has committed, so the next one reads what it wrote. Were that ever to fail, two rows
 * would have one number, which the primary key refuses: the chain cannot fork.
 *
 * Number and hash of a row are noted in a file and in the log after its commit. A crash between leaves a row unnoted: it
 * is bound by the rows after it all the same.
 */
export class TypeormAuditTrail implements AuditTrail {
  constructor(
    private readonly connections: Connections,
    private readonly anchors: AuditAnchors,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly log: Logger,
  ) {}

  async append({ detail, ...entry }: AuditEntry): Promise<AuditRow> {
    const row = await this.connections.write(async (tx) => {
      if (this.connections.options.kind === 'postgres') {
        await tx.query('SELECT pg_advisory_xact_lock($1)', [CHAIN_LOCK]);
      }
      const last = await lastRow(tx);
      const at = this.clock.now();
      const { seq = 0, hash: previousHash = FIRST_HASH } = last ?? {};
      const next = sealed({ ...entry, detail: canonicalDetail(detail), seq: seq + 1, at, previousHash });
      await tx.insert(AuditSchema, next);
      return next;
    });
    this.log.info('audit entry written', { count: row.seq, hash: row.hash, event: row.action, actor: row.actor });
    await this.#anchor(row);
    return row;
  }

  list(filter: AuditFilter, limit: number, before?: number): Promise<readonly AuditRow[]> {
    return this.connections.read(async (manager) => {
      const query = filtered(manager, filter);
      if (before !== undefined) query.andWhere('row.seq < :before', { before });
      return query.orderBy('row.seq', 'DESC').limit(limit).getMany();
    });
  }

  following(filter: AuditFilter, limit: number, after: number): Promise<readonly AuditRow[]> {
    return this.connections.read((manager) =>
      filtered(manager, filter)
        .andWhere('row.seq > :after', { after })
        .orderBy('row.seq', 'ASC')
        .limit(limit)
        .getMany(),
    );
  }

  /** In pages, each of one commit: rows that are added meanwhile are looked at too. Anchors are read first, so none is of a row not yet seen. */
  async verify(noted: readonly AuditHead[] = []): Promise<AuditReport> {
    const check = new ChainCheck([...noted, ...(await this.anchors.noted())]);
    for (let after = 0; ;) {
      const rows = await this.following({}, ROWS_AT_ONCE, after);
      for (const row of rows) check.look(row);
      const last = rows.at(-1);
      if (last === undefined) return check.end();
      after = last.seq;
    }
  }

  async #anchor({ seq, hash }: AuditRow): Promise<void> {
    try {
      await this.anchors.note({ seq, hash });
    } catch (thrown) {
      // The row is written, and so is its hash in the log: what it speaks of need not be refused.
      this.log.warn('audit anchor not written', { count: seq }, thrown);
    }
  }
}

async function lastRow(tx: EntityManager): Promise<AuditHead | null> {
  const [row] = await tx.find(AuditSchema, { order: { seq: 'DESC' }, take: 1 });
  return row ?? null;
}

function filtered(
  manager: EntityManager,
  { since, caseId, actor, actions }: AuditFilter,
): SelectQueryBuilder<AuditRow> {
  const query = manager.createQueryBuilder(AuditSchema, 'row').where('1 = 1');
  if (since !== undefined) query.andWhere('row.at >= :since', { since });
  if (caseId !== undefined) query.andWhere({ caseId });
  if (actor !== undefined) query.andWhere({ actor });
  if (actions !== undefined) query.andWhere({ action: In([...actions]) });
  return query;
}
