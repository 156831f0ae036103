import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { index } from './table-parts.js';

/**
 * What the list of 100,000 cases is filtered, searched and ordered by, and when attempts began (for the history). Plain SQL
 * for the column, as in add-identity.ts.
 */
export class AddCaseLists1764323200001 implements MigrationInterface {
  readonly name = 'AddCaseLists1764323200001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "cases" ADD COLUMN "machine" text');
    await runner.query(
      `UPDATE "cases" SET "machine" = (SELECT "machine" FROM "beams" WHERE "caseId" = "cases"."id"
       ORDER BY "beamNumber" LIMIT 1)`,
    );
    await runner.dropIndex('cases', 'cases_newest');
    await runner.dropIndex('cases', 'cases_folder_key');
    await create(runner, 'cases', 'cases_newest', 'createdAt id folderKey planLabel state machine');
    await create(runner, 'cases', 'cases_folder_key', 'folderKey inbox createdAt id');
    await create(runner, 'cases', 'cases_changed', 'updatedAt id');
    await create(runner, 'workflow_steps', 'workflow_steps_started', 'startedAt');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('workflow_steps', 'workflow_steps_started');
    await runner.dropIndex('cases', 'cases_changed');
    await runner.dropIndex('cases', 'cases_folder_key');
    await runner.dropIndex('cases', 'cases_newest');
    await create(runner, 'cases', 'cases_folder_key', 'folderKey inbox');
    await create(runner, 'cases', 'cases_newest', 'createdAt id');
    await runner.query('ALTER TABLE "cases" DROP COLUMN "machine"');
  }
}

const create = (runner: QueryRunner, table: string, name: string, columns: string): Promise<void> =>
  runner.createIndex(table, new TableIndex(index(name, columns)));
