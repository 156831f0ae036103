import type { JobHandle } from '../domain/beam.js';
import type { LogFields } from '../ports/logger.js';

/** How the log calls a job: its process, or its number in Slurm, which is no process of any machine. */
export const jobFields = ({ scheduler, host, id }: JobHandle): LogFields => ({
  host,
  ...(scheduler === 'slurm' ? { slurmJob: Number(id) } : { pid: Number(id) }),
});
