import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Case } from '../../../domain/case.js';
import { epochMs, epochMsOrNull, integer, jsonOrNull, real, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

/** The domain's own type is the entity: a column that is missing or not in it does not compile. */
export const CaseSchema = tableOf<Case>({
  name: 'case',
  tableName: 'cases',
  columns: {
    id: { ...text, primary: true },
    // Never null; columns added later have no default to be made with.
    inbox: textOrNull,
    folder: text,
    folderKey: textOrNull,
    fingerprint: text,
    run: integer,
    state: text,
    version: integer,
    priority: integer,
    planLabel: textOrNull,
    planSopInstanceUid: textOrNull,
    machine: textOrNull,
    duplicateOf: textOrNull,
    calculationKey: textOrNull,
    resultsOf: textOrNull,
    beamCount: integer,
    progress: real,
    waitingFor: textOrNull,
    heldBecause: textOrNull,
    attempt: integer,
    crashes: integer,
    notBefore: epochMsOrNull,
    leaseOwner: textOrNull,
    leasedUntil: epochMsOrNull,
    endedFrom: textOrNull,
    error: jsonOrNull,
    createdAt: epochMs,
    // Never null either.
    takenAt: epochMsOrNull,
    updatedAt: epochMs,
    finishedAt: epochMsOrNull,
  } satisfies Record<keyof Case, EntitySchemaColumnOptions>,
  indices: [
    { name: 'cases_folder_inbox_run', columns: ['folder', 'inbox', 'run'], unique: true },
    // Also the order of lists by folder.
    { name: 'cases_folder_key', columns: ['folderKey', 'inbox', 'createdAt', 'id'] },
    // Claiming: the few active cases are found and ordered without touching the many ended ones.
    { name: 'cases_due', columns: ['state', 'priority', 'createdAt', 'notBefore', 'leasedUntil'] },
    { name: 'cases_plan', columns: ['planSopInstanceUid'] },
    // Everything that lists are filtered and searched by: 100,000 cases are looked through without touching their rows.
    { name: 'cases_newest', columns: ['createdAt', 'id', 'folderKey', 'planLabel', 'state', 'machine'] },
    { name: 'cases_changed', columns: ['updatedAt', 'id'] },
    { name: 'cases_state_folder', columns: ['state', 'folderKey', 'inbox', 'createdAt', 'id'] },
    { name: 'cases_state_newest', columns: ['state', 'createdAt', 'id'] },
  ],
});
