import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMsOrNull, index, integer, ofCase, primaryText, text, textOrNull } from './table-parts.js';

/**
 * Upload targets as they were last found, the delivery of each case to each of them, and what is known of each object's
 * tries. Plain SQL for the columns, as in AddIdentity.
 */
export class AddTargetStates1764322600001 implements MigrationInterface {
  readonly name = 'AddTargetStates1764322600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'upload_targets',
        columns: [
          ...primaryText('name'),
          ...textOrNull('kind'),
          { name: 'optional', type: 'boolean', isNullable: true },
          ...text('state'),
          ...integer('failures'),
          ...epochMsOrNull('downSince lastSuccessAt lastFailureAt nextProbeAt'),
          ...textOrNull('error'),
        ],
      }),
    );
    await runner.createTable(
      new Table({
        name: 'case_uploads',
        columns: [
          ...primaryText('caseId target'),
          ...text('state'),
          ...integer('turns failures'),
          ...epochMsOrNull('dueAt failedAt againSince'),
          ...textOrNull('error'),
        ],
        foreignKeys: [ofCase('case_uploads')],
        indices: [index('case_uploads_open', 'state target')],
      }),
    );
    await runner.query('ALTER TABLE "receipts" ADD COLUMN "attempts" integer');
    await runner.query('ALTER TABLE "receipts" ADD COLUMN "peerSaid" text');
    await runner.query('UPDATE "receipts" SET "attempts" = 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "receipts" DROP COLUMN "peerSaid"');
    await runner.query('ALTER TABLE "receipts" DROP COLUMN "attempts"');
    await runner.dropTable('case_uploads');
    await runner.dropTable('upload_targets');
  }
}
