import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { index } from './table-parts.js';

/**
 * Which case a case repeats, when its present content was taken, and the index that finds cases by their plan. Plain SQL:
 * TypeORM would add a column on SQLite by making the table anew, and dropping the old one would take the beams with it.
 */
export class AddIdentity1763900200000 implements MigrationInterface {
  readonly name = 'AddIdentity1763900200000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "cases" ADD COLUMN "duplicateOf" text');
    await runner.query('ALTER TABLE "cases" ADD COLUMN "takenAt" bigint');
    await runner.query('UPDATE "cases" SET "takenAt" = "createdAt"');
    await runner.createIndex('cases', new TableIndex(index('cases_plan', 'planSopInstanceUid')));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('cases', 'cases_plan');
    await runner.query('ALTER TABLE "cases" DROP COLUMN "takenAt"');
    await runner.query('ALTER TABLE "cases" DROP COLUMN "duplicateOf"');
  }
}
