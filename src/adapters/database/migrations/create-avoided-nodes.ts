import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMs, primaryText } from './table-parts.js';

/** Nodes of a cluster that failed, and until when they are left out. */
export class CreateAvoidedNodes1764322400001 implements MigrationInterface {
  readonly name = 'CreateAvoidedNodes1764322400001';

  async up(runner: QueryRunner): Promise<void> {
    const columns = [...primaryText('host node'), ...epochMs('until')];
    await runner.createTable(new Table({ name: 'avoided_nodes', columns }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('avoided_nodes');
  }
}
