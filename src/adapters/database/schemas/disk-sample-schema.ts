import type { EntitySchemaColumnOptions } from 'typeorm';
import type { DiskSample } from '../../../domain/disk-forecast.js';
import { epochMs } from './columns.js';
import { tableOf } from './table-of.js';

/** Bytes are a bigint like times: up to 2^53 a number is exact. */
export const DiskSampleSchema = tableOf<DiskSample>({
  name: 'diskSample',
  tableName: 'disk_samples',
  columns: {
    at: { ...epochMs, primary: true },
    freeBytes: epochMs,
  } satisfies Record<keyof DiskSample, EntitySchemaColumnOptions>,
});
