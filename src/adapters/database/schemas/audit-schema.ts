import type { EntitySchemaColumnOptions } from 'typeorm';
import type { AuditRow } from '../../../domain/audit.js';
import { epochMs, integer, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

/** Bound to no case: it stays when a case goes. */
export const AuditSchema = tableOf<AuditRow>({
  name: 'audit',
  tableName: 'audit',
  columns: {
    seq: { ...integer, primary: true },
    at: epochMs,
    actor: text,
    action: text,
    caseId: textOrNull,
    result: text,
    detail: text,
    previousHash: text,
    hash: text,
  } satisfies Record<keyof AuditRow, EntitySchemaColumnOptions>,
  indices: [{ name: 'audit_case', columns: ['caseId'] }],
});
