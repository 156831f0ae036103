import type { EntitySchemaColumnOptions } from 'typeorm';
import type { TargetState } from '../../../domain/target-state.js';
import { epochMsOrNull, integer, jsonOrNull, text } from './columns.js';
import { tableOf } from './table-of.js';

export const TargetSchema = tableOf<TargetState>({
  name: 'upload-target',
  tableName: 'upload_targets',
  columns: {
    name: { ...text, primary: true },
    state: text,
    failures: integer,
    downSince: epochMsOrNull,
    lastSuccessAt: epochMsOrNull,
    lastFailureAt: epochMsOrNull,
    nextProbeAt: epochMsOrNull,
    error: jsonOrNull,
  } satisfies Record<keyof TargetState, EntitySchemaColumnOptions>,
});
