import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMs, index, integer, primaryText, textOrNull } from './table-parts.js';

/** All folders of the inbox as the watcher last knew them, in place of those still being copied. */
export class CreateIntakeFolders1764090000000 implements MigrationInterface {
  readonly name = 'CreateIntakeFolders1764090000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'intake_folders',
        columns: [
          ...primaryText('inbox folder'),
          ...integer('files'),
          ...epochMs('bytes lastChangeAt clockOrigin'),
          { name: 'isArriving', type: 'boolean' },
          ...textOrNull('seen takenFingerprint takenMarker'),
        ],
      }),
    );
    await runner.createIndex('intake_folders', new TableIndex(index('intake_folders_arriving', 'isArriving')));
    // What it held is seen again when the service starts.
    await runner.dropTable('arrivals');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'arrivals',
        columns: [...primaryText('folder'), ...integer('files'), ...epochMs('bytes lastChangeAt')],
      }),
    );
    await runner.dropTable('intake_folders');
  }
}
