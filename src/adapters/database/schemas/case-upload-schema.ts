import type { EntitySchemaColumnOptions } from 'typeorm';
import type { CaseUpload } from '../../../domain/case-upload.js';
import type { Case } from '../../../domain/case.js';
import { epochMsOrNull, integer, jsonOrNull, text } from './columns.js';
import { tableOf } from './table-of.js';

interface RelatedUpload extends CaseUpload {
  readonly case?: Case;
}

export const CaseUploadSchema = tableOf<RelatedUpload>({
  name: 'case-upload',
  tableName: 'case_uploads',
  columns: {
    caseId: { ...text, primary: true },
    target: { ...text, primary: true },
    state: text,
    turns: integer,
    failures: integer,
    dueAt: epochMsOrNull,
    failedAt: epochMsOrNull,
    againSince: epochMsOrNull,
    error: jsonOrNull,
  } satisfies Record<keyof CaseUpload, EntitySchemaColumnOptions>,
  // Finds what waits for a target among all that was ever delivered.
  indices: [{ name: 'case_uploads_open', columns: ['state', 'target'] }],
  relations: {
    case: {
      type: 'many-to-one',
      target: 'case',
      onDelete: 'CASCADE',
      joinColumn: { name: 'caseId', foreignKeyConstraintName: 'case_uploads_of_case' },
    },
  },
});
