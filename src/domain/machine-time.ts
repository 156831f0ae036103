import type { EpochMs } from './time.js';

/**
 * A moment of the treatment machine's clock, `2025-04-24T14:40:08`: its wall clock, of which no zone is known and which
 * was read as if it were UTC.
 */
export const machineTime = (at: EpochMs): string => new Date(at).toISOString().slice(0, 19);
