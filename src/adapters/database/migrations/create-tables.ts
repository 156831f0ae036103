import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import {
  epochMs,
  epochMsOrNull,
  index,
  integer,
  integerOrNull,
  ofCase,
  primaryNumber,
  primaryText,
  real,
  realOrNull,
  text,
  textOrNull,
  uniqueIndex,
} from './table-parts.js';

/** The first tables. */
export class CreateTables1763900000000 implements MigrationInterface {
  readonly name = 'CreateTables1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of [cases(), gpuResources(), beams(), workflowSteps(), transitions(), receipts()]) {
      await runner.createTable(table);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['receipts', 'transitions', 'workflow_steps', 'beams', 'gpu_resources', 'cases']) {
      await runner.dropTable(table);
    }
  }
}

const cases = (): Table =>
  new Table({
    name: 'cases',
    columns: [
      ...primaryText('id'),
      ...text('folder fingerprint'),
      ...integer('run'),
      ...text('state'),
      ...integer('version priority'),
      ...textOrNull('planLabel planSopInstanceUid'),
      ...integer('beamCount'),
      ...real('progress'),
      ...textOrNull('waitingFor heldBecause'),
      ...integer('attempt crashes'),
      ...epochMsOrNull('notBefore'),
      ...textOrNull('leaseOwner'),
      ...epochMsOrNull('leasedUntil'),
      ...textOrNull('endedFrom error'),
      ...epochMs('createdAt updatedAt'),
      ...epochMsOrNull('finishedAt'),
    ],
    indices: [
      uniqueIndex('cases_folder_run', 'folder run'),
      index('cases_due', 'state priority createdAt notBefore leasedUntil'),
      index('cases_newest', 'createdAt id'),
      index('cases_state_newest', 'state createdAt id'),
    ],
  });

const gpuResources = (): Table =>
  new Table({
    name: 'gpu_resources',
    columns: [
      ...primaryText('id'),
      ...text('host kind name'),
      ...textOrNull('uuid'),
      ...integerOrNull('memoryTotalMiB memoryUsedMiB'),
      ...realOrNull('utilisationPercent temperatureC'),
      ...epochMs('seenAt'),
    ],
  });

const beams = (): Table =>
  new Table({
    name: 'beams',
    columns: [
      ...primaryText('id'),
      ...text('caseId'),
      ...integer('beamNumber'),
      ...text('name machine'),
      ...real('gantryAngleDeg'),
      ...integer('layers spots'),
      ...real('meterset energyMinMeV energyMaxMeV'),
      ...text('state'),
      ...integer('version'),
      ...real('progress'),
      ...integer('attempt failures'),
      ...epochMsOrNull('notBefore'),
      ...textOrNull('job resourceId host'),
      ...epochMsOrNull('startedAt finishedAt'),
      ...textOrNull('error resultPath resultSha256'),
    ],
    foreignKeys: [
      ofCase('beams'),
      {
        name: 'beams_on_resource',
        columnNames: ['resourceId'],
        referencedTableName: 'gpu_resources',
        referencedColumnNames: ['id'],
        onDelete: 'SET NULL',
      },
    ],
    indices: [
      uniqueIndex('beams_case_number', 'caseId beamNumber'),
      index('beams_state_case', 'state caseId'),
      index('beams_resource', 'resourceId'),
    ],
  });

const workflowSteps = (): Table =>
  new Table({
    name: 'workflow_steps',
    columns: [
      ...primaryNumber('id'),
      ...text('caseId step'),
      ...integerOrNull('beamNumber'),
      ...integer('attempt'),
      ...text('owner'),
      ...epochMs('startedAt'),
      ...epochMsOrNull('finishedAt'),
      ...textOrNull('outcome error'),
    ],
    foreignKeys: [ofCase('workflow_steps')],
    indices: [index('workflow_steps_case_beam', 'caseId beamNumber')],
  });

const transitions = (): Table =>
  new Table({
    name: 'transitions',
    columns: [
      ...primaryNumber('id'),
      ...text('caseId event'),
      ...textOrNull('from'),
      ...text('to'),
      ...textOrNull('reason'),
      ...text('actor'),
      ...epochMs('at'),
    ],
    foreignKeys: [ofCase('transitions')],
    indices: [index('transitions_case', 'caseId')],
  });

const receipts = (): Table =>
  new Table({
    name: 'receipts',
    columns: [
      ...primaryText('caseId target sopInstanceUid'),
      ...text('status'),
      ...textOrNull('location'),
      ...text('sha256'),
      ...textOrNull('verifiedBy'),
      ...epochMs('at'),
    ],
    foreignKeys: [ofCase('receipts')],
  });
