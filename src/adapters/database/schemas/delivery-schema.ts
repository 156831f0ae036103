import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Case } from '../../../domain/case.js';
import type { Delivery } from '../../../domain/delivery.js';
import { epochMs, integer, integerOrNull, jsonOrNull, numbered, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

interface RelatedDelivery extends Delivery {
  readonly case?: Case;
}

export const DeliverySchema = tableOf<RelatedDelivery>({
  name: 'delivery',
  tableName: 'deliveries',
  columns: {
    id: numbered,
    caseId: text,
    beamNumber: integerOrNull,
    startedAt: epochMs,
    folder: text,
    fraction: integer,
    fractionStatus: text,
    startLayer: integerOrNull,
    stopLayer: integerOrNull,
    comparison: jsonOrNull,
    stamp: textOrNull,
    problem: textOrNull,
  } satisfies Record<keyof Delivery, EntitySchemaColumnOptions>,
  relations: {
    case: {
      type: 'many-to-one',
      target: 'case',
      onDelete: 'CASCADE',
      joinColumn: { name: 'caseId', foreignKeyConstraintName: 'deliveries_of_case' },
    },
  },
  indices: [{ name: 'deliveries_case_folder', columns: ['caseId', 'folder'], unique: true }],
});
