import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Under which UID and with which bytes an object went out, where these are not its own. Plain SQL, as in AddIdentity. */
export class AddSentAs1764323000002 implements MigrationInterface {
  readonly name = 'AddSentAs1764323000002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "receipts" ADD COLUMN "sentAs" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "receipts" DROP COLUMN "sentAs"');
  }
}
