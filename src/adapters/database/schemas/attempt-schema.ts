import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Attempt, Case } from '../../../domain/case.js';
import { epochMs, epochMsOrNull, integer, integerOrNull, jsonOrNull, numbered, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

interface RelatedAttempt extends Attempt {
  readonly case?: Case;
}

export const AttemptSchema = tableOf<RelatedAttempt>({
  name: 'attempt',
  tableName: 'workflow_steps',
  columns: {
    id: numbered,
    caseId: text,
    step: text,
    beamNumber: integerOrNull,
    attempt: integer,
    owner: text,
    startedAt: epochMs,
    finishedAt: epochMsOrNull,
    outcome: textOrNull,
    error: jsonOrNull,
    host: textOrNull,
    resourceId: textOrNull,
  } satisfies Record<keyof Attempt, EntitySchemaColumnOptions>,
  relations: {
    case: {
      type: 'many-to-one',
      target: 'case',
      onDelete: 'CASCADE',
      joinColumn: { name: 'caseId', foreignKeyConstraintName: 'workflow_steps_of_case' },
    },
  },
  indices: [
    { name: 'workflow_steps_case_beam', columns: ['caseId', 'beamNumber'] },
    { name: 'workflow_steps_ended', columns: ['finishedAt'] },
    { name: 'workflow_steps_started', columns: ['startedAt'] },
  ],
});
