import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import {
  epochMs,
  epochMsOrNull,
  index,
  integer,
  primaryNumber,
  primaryText,
  text,
  textOrNull,
  uniqueIndex,
} from './table-parts.js';

/** What people are to be told, what lasts, and how far the history was read; and attempts found by when they ended. */
export class CreateNotices1764323100001 implements MigrationInterface {
  readonly name = 'CreateNotices1764323100001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'notices',
        columns: [
          ...primaryNumber('id'),
          ...text('channel key occurrence state'),
          ...epochMs('createdAt notBefore'),
          ...textOrNull('message failure'),
          ...integer('attempts'),
          ...epochMsOrNull('endedAt'),
        ],
      }),
    );
    await runner.createIndex('notices', new TableIndex(uniqueIndex('notices_once', 'channel key')));
    await runner.createIndex('notices', new TableIndex(index('notices_due', 'channel state notBefore')));
    await runner.createTable(
      new Table({
        name: 'lasting_troubles',
        columns: [...primaryText('key'), ...epochMs('since'), ...text('occurrence')],
      }),
    );
    await runner.createTable(
      new Table({ name: 'notice_marks', columns: [...primaryText('name'), ...epochMs('first last')] }),
    );
    await runner.createIndex('workflow_steps', new TableIndex(index('workflow_steps_ended', 'finishedAt')));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('workflow_steps', 'workflow_steps_ended');
    for (const table of ['notice_marks', 'lasting_troubles', 'notices']) await runner.dropTable(table);
  }
}
