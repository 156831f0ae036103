import type { EntitySchemaColumnOptions } from 'typeorm';
import type { IntakeFolder } from '../../../domain/intake-folder.js';
import { epochMs, integer, jsonOrNull, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

/** Bytes are a bigint like times: a folder may hold more than 2 GiB, and up to 2^53 a number is exact. */
export const IntakeFolderSchema = tableOf<IntakeFolder>({
  name: 'intakeFolder',
  tableName: 'intake_folders',
  columns: {
    inbox: { ...text, primary: true },
    folder: { ...text, primary: true },
    files: integer,
    bytes: epochMs,
    lastChangeAt: epochMs,
    clockOrigin: epochMs,
    isArriving: { type: 'boolean' },
    seen: jsonOrNull,
    takenFingerprint: textOrNull,
    takenMarker: textOrNull,
  } satisfies Record<keyof IntakeFolder, EntitySchemaColumnOptions>,
  indices: [{ name: 'intake_folders_arriving', columns: ['isArriving'] }],
});
