import { Token } from 'typedi';
import type { DiskSample } from '../domain/disk-forecast.js';
import type { EpochMs } from '../domain/time.js';

/** Free space of the root's disk over time. */
export interface DiskHistory {
  /** Adds one and drops those older than `keepSince`. */
  add(sample: DiskSample, keepSince: EpochMs): Promise<void>;
  /** Oldest first. */
  since(at: EpochMs): Promise<readonly DiskSample[]>;
}
export const DiskHistory = new Token<DiskHistory>('DiskHistory');
