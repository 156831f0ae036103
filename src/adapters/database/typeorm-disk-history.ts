import { LessThan, MoreThanOrEqual } from 'typeorm';
import type { DiskSample } from '../../domain/disk-forecast.js';
import type { EpochMs } from '../../domain/time.js';
import type { DiskHistory } from '../../ports/disk-history.js';
import type { Connections } from './connections.js';
import { DiskSampleSchema } from './schemas/disk-sample-schema.js';

/** Free space over time, in SQLite or PostgreSQL. */
export class TypeormDiskHistory implements DiskHistory {
  constructor(private readonly connections: Connections) {}

  async add(sample: DiskSample, keepSince: EpochMs): Promise<void> {
    await this.connections.write(async (tx) => {
      await tx.upsert(DiskSampleSchema, sample, ['at']);
      await tx.delete(DiskSampleSchema, { at: LessThan(keepSince) });
    });
  }

  since(at: EpochMs): Promise<readonly DiskSample[]> {
    return this.connections.read((manager) =>
      manager.find(DiskSampleSchema, { where: { at: MoreThanOrEqual(at) }, order: { at: 'ASC' } }),
    );
  }
}
