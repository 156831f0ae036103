import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMs, index, text, textOrNull } from './table-parts.js';

/** What keeps rows from being changed or deleted by anything but intent: whoever owns the table can take it away. */
const GUARDS: Readonly<Record<'sqlite' | 'postgres', readonly string[]>> = {
  sqlite: ['UPDATE', 'DELETE'].map(
    (change) =>
      `CREATE TRIGGER "audit_no_${change.toLowerCase()}" BEFORE ${change} ON "audit" ` +
      `BEGIN SELECT RAISE(ABORT, 'the audit trail is only added to'); END`,
  ),
  postgres: [
    `CREATE FUNCTION "audit_is_only_added_to"() RETURNS trigger LANGUAGE plpgsql AS ` +
      `$$ BEGIN RAISE EXCEPTION 'the audit trail is only added to' USING ERRCODE = '23514'; END $$`,
    `CREATE TRIGGER "audit_guard" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit" ` +
      `FOR EACH STATEMENT EXECUTE FUNCTION "audit_is_only_added_to"()`,
  ],
};

/** Who did what. */
export class CreateAudit1764322800001 implements MigrationInterface {
  readonly name = 'CreateAudit1764322800001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'audit',
        columns: [
          { name: 'seq', type: 'integer', isPrimary: true },
          ...epochMs('at'),
          ...text('actor action result detail previousHash hash'),
          ...textOrNull('caseId'),
        ],
      }),
    );
    await runner.createIndex('audit', new TableIndex(index('audit_case', 'caseId')));
    for (const guard of GUARDS[kindOf(runner)]) await runner.query(guard);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('audit');
    if (kindOf(runner) === 'postgres') await runner.query('DROP FUNCTION "audit_is_only_added_to"()');
  }
}

const kindOf = (runner: QueryRunner): 'sqlite' | 'postgres' =>
  runner.connection.options.type === 'postgres' ? 'postgres' : 'sqlite';
