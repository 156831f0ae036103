import type { EpochMs } from './time.js';

/** A node of a cluster that failed lately: jobs are not sent there for a while. */
export interface AvoidedNode {
  /** The host where sbatch is called. */
  readonly host: string;
  /** As Slurm names it. */
  readonly node: string;
  readonly until: EpochMs;
}
