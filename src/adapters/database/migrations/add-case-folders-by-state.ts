import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { index } from './table-parts.js';

/** The order of lists by folder of cases in one state: 70,000 completed ones were sorted for each page. */
export class AddCaseFoldersByState1764330000001 implements MigrationInterface {
  readonly name = 'AddCaseFoldersByState1764330000001';

  async up(runner: QueryRunner): Promise<void> {
    const columns = 'state folderKey inbox createdAt id';
    await runner.createIndex('cases', new TableIndex(index('cases_state_folder', columns)));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('cases', 'cases_state_folder');
  }
}
