import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMs, index, primaryText, text } from './table-parts.js';

/** What stands for whom at targets that get no identities. */
export class CreatePseudonyms1764323000001 implements MigrationInterface {
  readonly name = 'CreatePseudonyms1764323000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'pseudonyms',
        columns: [...primaryText('scope kind original'), ...text('replacement'), ...epochMs('at')],
        indices: [index('pseudonyms_original', 'original'), index('pseudonyms_replacement', 'replacement')],
      }),
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('pseudonyms');
  }
}
