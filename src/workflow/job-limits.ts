import type { JobLimits } from '../ports/scheduler.js';
import type { Settings } from '../ports/settings.js';

const MS_PER_MINUTE = 60_000;
const BYTES_PER_MIB = 2 ** 20;

/** What each job of an engine is held to: engine.timeoutMinutes, .stallMinutes, .maxLogMiB. */
export const jobLimits = ({ engine }: Pick<Settings, 'engine'>): Required<JobLimits> => ({
  timeoutMs: engine.timeoutMinutes * MS_PER_MINUTE,
  stallMs: engine.stallMinutes * MS_PER_MINUTE,
  maxLogBytes: engine.maxLogMiB * BYTES_PER_MIB,
});
