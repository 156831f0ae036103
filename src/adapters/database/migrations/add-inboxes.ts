import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { folderKey } from '../../../domain/case-folder.js';
import { index, uniqueIndex } from './table-parts.js';

/**
 * Which inbox a case came by ('' for the first one, as all before), and the key of its folder's name. Plain SQL for the
 * columns, as in add-identity.ts.
 */
export class AddInboxes1764100000000 implements MigrationInterface {
  readonly name = 'AddInboxes1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "cases" ADD COLUMN "inbox" text');
    await runner.query('ALTER TABLE "cases" ADD COLUMN "folderKey" text');
    await runner.query(`UPDATE "cases" SET "inbox" = ''`);
    // While the old index is there, each folder is found at once. No database can work the key out.
    const rows = (await runner.query('SELECT DISTINCT "folder" FROM "cases"')) as readonly {
      readonly folder: string;
    }[];
    for (const { folder } of rows) {
      await runner.query('UPDATE "cases" SET "folderKey" = $1 WHERE "folder" = $2', [folderKey(folder), folder]);
    }
    await runner.dropIndex('cases', 'cases_folder_run');
    await runner.createIndex('cases', new TableIndex(uniqueIndex('cases_folder_inbox_run', 'folder inbox run')));
    await runner.createIndex('cases', new TableIndex(index('cases_folder_key', 'folderKey inbox')));
  }

  /** Refused by the index where two inboxes have a folder of the same name. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('cases', 'cases_folder_key');
    await runner.dropIndex('cases', 'cases_folder_inbox_run');
    await runner.query('ALTER TABLE "cases" DROP COLUMN "folderKey"');
    await runner.query('ALTER TABLE "cases" DROP COLUMN "inbox"');
    await runner.createIndex('cases', new TableIndex(uniqueIndex('cases_folder_run', 'folder run')));
  }
}
