import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { epochMs } from './table-parts.js';

/** Free space of the root's disk over time, for the forecast. */
export class CreateDiskSamples1764323400001 implements MigrationInterface {
  readonly name = 'CreateDiskSamples1764323400001';

  async up(runner: QueryRunner): Promise<void> {
    const at = epochMs('at').map((column) => ({ ...column, isPrimary: true }));
    await runner.createTable(new Table({ name: 'disk_samples', columns: [...at, ...epochMs('freeBytes')] }));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('disk_samples');
  }
}
