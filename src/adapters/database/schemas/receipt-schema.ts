import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Case } from '../../../domain/case.js';
import type { KeptReceipt } from '../../../domain/receipt.js';
import { epochMs, integerOrNull, jsonOrNull, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

interface RelatedReceipt extends KeptReceipt {
  readonly case?: Case;
}

export const ReceiptSchema = tableOf<RelatedReceipt>({
  name: 'receipt',
  tableName: 'receipts',
  columns: {
    caseId: { ...text, primary: true },
    target: { ...text, primary: true },
    sopInstanceUid: { ...text, primary: true },
    status: text,
    location: textOrNull,
    sha256: text,
    verifiedBy: textOrNull,
    // Never null; a column added later has no default to be made with.
    attempts: integerOrNull,
    peerSaid: textOrNull,
    sentAs: jsonOrNull,
    at: epochMs,
  } satisfies Record<keyof KeptReceipt, EntitySchemaColumnOptions>,
  relations: {
    case: {
      type: 'many-to-one',
      target: 'case',
      onDelete: 'CASCADE',
      joinColumn: { name: 'caseId', foreignKeyConstraintName: 'receipts_of_case' },
    },
  },
});
