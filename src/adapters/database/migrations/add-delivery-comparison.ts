import type { MigrationInterface, QueryRunner } from 'typeorm';

const COLUMNS = [
  ['cases', 'calculationKey', 'text'],
  ['cases', 'resultsOf', 'text'],
  ['deliveries', 'startLayer', 'integer'],
  ['deliveries', 'stopLayer', 'integer'],
  ['deliveries', 'comparison', 'text'],
  ['deliveries', 'stamp', 'text'],
  ['deliveries', 'problem', 'text'],
] as const;

/**
 * Planned against delivered, with each delivery; which run of a folder made the doses that stand for another's. Plain SQL
 * for the reason given in add-identity.ts.
 */
export class AddDeliveryComparison1764080000000 implements MigrationInterface {
  readonly name = 'AddDeliveryComparison1764080000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [table, column, type] of COLUMNS) {
      await runner.query(`ALTER TABLE "${table}" ADD COLUMN "${column}" ${type}`);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, column] of [...COLUMNS].reverse()) {
      await runner.query(`ALTER TABLE "${table}" DROP COLUMN "${column}"`);
    }
  }
}
