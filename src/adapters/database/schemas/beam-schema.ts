import type { EntitySchemaColumnOptions } from 'typeorm';
import type { Beam } from '../../../domain/beam.js';
import type { Case } from '../../../domain/case.js';
import type { Resource } from '../../../domain/resource.js';
import { epochMsOrNull, integer, jsonOrNull, real, text, textOrNull } from './columns.js';
import { tableOf } from './table-of.js';

/** A beam with what it points at, where a query asks for that. */
export interface RelatedBeam extends Beam {
  readonly case?: Case;
  readonly resource?: Resource | null;
}

export const BeamSchema = tableOf<RelatedBeam>({
  name: 'beam',
  tableName: 'beams',
  columns: {
    id: { ...text, primary: true },
    caseId: text,
    beamNumber: integer,
    name: text,
    machine: text,
    gantryAngleDeg: real,
    layers: integer,
    spots: integer,
    meterset: real,
    energyMinMeV: real,
    energyMaxMeV: real,
    state: text,
    version: integer,
    progress: real,
    attempt: integer,
    failures: integer,
    notBefore: epochMsOrNull,
    job: jsonOrNull,
    waitingFor: textOrNull,
    resourceId: textOrNull,
    host: textOrNull,
    startedAt: epochMsOrNull,
    finishedAt: epochMsOrNull,
    error: jsonOrNull,
    resultPath: textOrNull,
    resultSha256: textOrNull,
  } satisfies Record<keyof Beam, EntitySchemaColumnOptions>,
  relations: {
    case: {
      type: 'many-to-one',
      target: 'case',
      onDelete: 'CASCADE',
      joinColumn: { name: 'caseId', foreignKeyConstraintName: 'beams_of_case' },
    },
    resource: {
      type: 'many-to-one',
      target: 'resource',
      inverseSide: 'beams',
      nullable: true,
      onDelete: 'SET NULL',
      joinColumn: { name: 'resourceId', foreignKeyConstraintName: 'beams_on_resource' },
    },
  },
  indices: [
    { name: 'beams_case_number', columns: ['caseId', 'beamNumber'], unique: true },
    // For jobs that may be running, and for how many beams of a case have their dose.
    { name: 'beams_state_case', columns: ['state', 'caseId'] },
    { name: 'beams_finished', columns: ['state', 'finishedAt'] },
    { name: 'beams_resource', columns: ['resourceId'] },
  ],
});
