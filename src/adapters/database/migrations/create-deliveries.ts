import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMs, integer, integerOrNull, ofCase, primaryNumber, text, uniqueIndex } from './table-parts.js';

/** What the treatment machine recorded, per case. */
export class CreateDeliveries1763900100000 implements MigrationInterface {
  readonly name = 'CreateDeliveries1763900100000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'deliveries',
        columns: [
          ...primaryNumber('id'),
          ...text('caseId'),
          ...integerOrNull('beamNumber'),
          ...epochMs('startedAt'),
          ...text('folder'),
          ...integer('fraction'),
          ...text('fractionStatus'),
        ],
        foreignKeys: [ofCase('deliveries')],
        indices: [uniqueIndex('deliveries_case_folder', 'caseId folder')],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('deliveries');
  }
}
