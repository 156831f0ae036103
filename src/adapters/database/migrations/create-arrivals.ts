import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMs, integer, primaryText } from './table-parts.js';

/** Folders that are still being copied into the inbox. */
export class CreateArrivals1764060000000 implements MigrationInterface {
  readonly name = 'CreateArrivals1764060000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'arrivals',
        columns: [...primaryText('folder'), ...integer('files'), ...epochMs('bytes lastChangeAt')],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('arrivals');
  }
}
