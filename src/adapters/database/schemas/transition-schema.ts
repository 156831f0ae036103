import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Case, Transition } from '../../../domain/case.js';
import { epochMs, numbered, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

interface RelatedTransition extends Transition {
  readonly case?: Case;
}

export const TransitionSchema = tableOf<RelatedTransition>({
  name: 'transition',
  tableName: 'transitions',
  columns: {
    id: numbered,
    caseId: text,
    event: text,
    from: textOrNull,
    to: text,
    reason: textOrNull,
    actor: text,
    at: epochMs,
  } satisfies Record<keyof Transition, EntitySchemaColumnOptions>,
  relations: {
    case: {
      type: 'many-to-one',
      target: 'case',
      onDelete: 'CASCADE',
      joinColumn: { name: 'caseId', foreignKeyConstraintName: 'transitions_of_case' },
    },
  },
  indices: [{ name: 'transitions_case', columns: ['caseId'] }],
});
