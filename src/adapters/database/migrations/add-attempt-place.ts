import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Where each attempt at a beam ran: the beam itself knows its last place only. Plain SQL, as in AddIdentity. */
export class AddAttemptPlace1764360000001 implements MigrationInterface {
  readonly name = 'AddAttemptPlace1764360000001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "workflow_steps" ADD COLUMN "host" text');
    await runner.query('ALTER TABLE "workflow_steps" ADD COLUMN "resourceId" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "workflow_steps" DROP COLUMN "resourceId"');
    await runner.query('ALTER TABLE "workflow_steps" DROP COLUMN "host"');
  }
}
