import type { EntitySchemaColumnOptions } from 'typeorm';
import type { TargetState } from '../../../domain/target-state.js';
import type { KnownTarget } from '../../../ports/target-store.js';
import { epochMsOrNull, integer, jsonOrNull, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

/** What is known of a target: what it is, null until the service has said so, and how it was found. */
export type TargetRow = TargetState & { readonly [K in keyof Omit<KnownTarget, 'name'>]: KnownTarget[K] | null };

export const TargetSchema = tableOf<TargetRow>({
  name: 'upload-target',
  tableName: 'upload_targets',
  columns: {
    name: { ...text, primary: true },
    // Null until the service has said what it is.
    kind: textOrNull,
    optional: { type: 'boolean', nullable: true },
    state: text,
    failures: integer,
    downSince: epochMsOrNull,
    lastSuccessAt: epochMsOrNull,
    lastFailureAt: epochMsOrNull,
    nextProbeAt: epochMsOrNull,
    error: jsonOrNull,
  } satisfies Record<keyof TargetRow, EntitySchemaColumnOptions>,
});
