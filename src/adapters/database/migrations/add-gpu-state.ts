import { TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { index } from './table-parts.js';

const COLUMNS: readonly (readonly [name: string, type: string])[] = [
  ['index', 'integer'],
  ['driver', 'text'],
  ['clockMHz', 'double precision'],
  ['eccErrors', 'integer'],
  ['processes', 'text'],
  ['fault', 'text'],
  ['outOfService', 'text'],
  ['occupied', 'text'],
  ['lease', 'text'],
];

/**
 * What the driver tells of a GPU, why it is not to be had, and who has it. Plain SQL, as in AddIdentity. And the index that
 * finds the beams that finished last: by their times others are foreseen.
 */
export class AddGpuState1764200000000 implements MigrationInterface {
  readonly name = 'AddGpuState1764200000000';

  async up(runner: QueryRunner): Promise<void> {
    for (const [name, type] of COLUMNS) {
      await runner.query(`ALTER TABLE "gpu_resources" ADD COLUMN "${name}" ${type}`);
    }
    await runner.createIndex('beams', new TableIndex(index('beams_finished', 'state finishedAt')));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex('beams', 'beams_finished');
    for (const [name] of [...COLUMNS].reverse()) {
      await runner.query(`ALTER TABLE "gpu_resources" DROP COLUMN "${name}"`);
    }
  }
}
