import type { EntitySchemaColumnOptions } from 'typeorm';
import type { LegacyCase } from '../../../domain/legacy-case.js';
import { epochMsOrNull, integer, jsonOrNull, real, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

export const LegacyCaseSchema = tableOf<LegacyCase>({
  name: 'legacyCase',
  tableName: 'legacy_cases',
  columns: {
    id: { ...text, primary: true },
    folder: text,
    state: text,
    progress: real,
    createdAt: epochMsOrNull,
    updatedAt: epochMsOrNull,
    retries: integer,
    error: textOrNull,
    beams: jsonOrNull,
    steps: jsonOrNull,
  } satisfies Record<keyof LegacyCase, EntitySchemaColumnOptions>,
});
