import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What a beam's job waits for in a cluster's queue. Plain SQL, as in AddIdentity. */
export class AddBeamQueue1764300000000 implements MigrationInterface {
  readonly name = 'AddBeamQueue1764300000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "beams" ADD COLUMN "waitingFor" text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE "beams" DROP COLUMN "waitingFor"');
  }
}
