import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMsOrNull, integer, primaryText, real, text, textOrNull } from './table-parts.js';

/** Cases of the predecessor, as history. */
export class CreateLegacyCases1764324000001 implements MigrationInterface {
  readonly name = 'CreateLegacyCases1764324000001';

  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      ...primaryText('id'),
      ...text('folder state'),
      ...real('progress'),
      ...epochMsOrNull('createdAt updatedAt'),
      ...integer('retries'),
      ...textOrNull('error beams steps'),
    ];
    await runner.createTable(new Table({ name: 'legacy_cases', columns }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('legacy_cases');
  }
}
