import { flagOf, numberOf, textOf } from './legacy-values.js';

/** What became of a value: keys of ours with their values, and words for the report. */
export interface Taken {
  readonly set: Readonly<Record<string, unknown>>;
  readonly note: string;
}
/** Null: the value is none that this key can have. */
export type LegacyRule = (value: unknown) => Taken | null;

const drop =
  (note: string): LegacyRule =>
  () => ({ set: {}, note });

const number =
  (key: string, convert: (value: number) => number = (value) => value): LegacyRule =>
  (value) => {
    const found = numberOf(value);
    return found === null ? null : { set: { [key]: convert(found) }, note: '' };
  };

const upper =
  (key: string): LegacyRule =>
  (value) => {
    const text = textOf(value);
    return text === null ? null : { set: { [key]: text.toUpperCase() }, note: '' };
  };

const LEVELS: Readonly<Record<string, string>> = {
  debug: 'debug',
  info: 'info',
  warning: 'warn',
  warn: 'warn',
  error: 'error',
  critical: 'error',
};
const level: LegacyRule = (value) => {
  const found = LEVELS[textOf(value)?.toLowerCase() ?? ''];
  return found === undefined ? null : { set: { 'logging.level': found }, note: '' };
};

const webHost: LegacyRule = (value) => {
  const host = textOf(value);
  if (host === null) return null;
  if (['127.0.0.1', 'localhost'].includes(host)) return { set: {}, note: 'as by default' };
  return {
    set: {},
    note: `stays 127.0.0.1: for ${host}, set web.host with web.auth and web.tls (docs/security.md)`,
  };
};

const allGpus: LegacyRule = (value) => {
  const isAll = flagOf(value);
  if (isAll === null) return null;
  return {
    set: {},
    note: isAll ? 'moqui calculates a beam on one GPU; beams of a case run side by side' : 'as by default',
  };
};

/** Keys whose value alone says what it becomes. Those that belong together are in legacy-config.ts. */
export const RULES: Readonly<Record<string, LegacyRule>> = {
  'database.cache_size': number('database.cacheSize'),
  'database.cache_size_mb': number('database.cacheSize', (mb) => -Math.round(mb * 1024)),
  'database.connection_timeout_seconds': number('database.connectionTimeoutSeconds'),
  'database.journal_mode': upper('database.journalMode'),
  'database.synchronous': upper('database.synchronous'),
  'database.synchronous_mode': upper('database.synchronous'),
  'database.busy_timeout_ms': drop('database.connectionTimeoutSeconds is for that too'),
  'database.enable_foreign_keys': drop('always on'),
  'processing.max_case_retries': number('processing.maxRetries'),
  'processing.max_retries': number('processing.maxRetries'),
  'processing.retry_delay_seconds': number('processing.retryDelaySeconds'),
  'processing.scan_interval_seconds': number('intake.pollSeconds'),
  'processing.hpc_poll_interval_seconds': number('progressTracking.pollingIntervalSeconds'),
  'processing.hpc_job_timeout_seconds': number('engine.timeoutMinutes', (seconds) => seconds / 60),
  'progress_tracking.polling_interval_seconds': number('progressTracking.pollingIntervalSeconds'),
  'processing.case_timeout_seconds': drop('a case has no time limit; each job has engine.timeoutMinutes'),
  'processing.max_workers': drop('as many beams run as there are GPUs, or execution.slots'),
  'logging.log_level': level,
  'logging.max_file_size_mb': number('logging.maxSizeMiB'),
  'logging.backup_count': number('logging.keepFiles'),
  'logging.tz_hours': drop('times are shown in the zone of the machine (timedatectl)'),
  'logging.log_dir': drop('logs/ below root'),
  'logging.console_level': drop('logging.level is for both'),
  'ui.web.port': number('web.port'),
  'ui.web.host': webHost,
  'moqui_runtime.beam_uses_all_available_gpus': allGpus,
  'moqui_runtime.multigpu_enabled': allGpus,
  'moqui_runtime.max_gpus_per_beam': drop('moqui calculates a beam on one GPU'),
  'gpu.gpu_monitor_command': drop(
    'the service asks nvidia-smi or rocm-smi itself; another program: execution.gpus.tool',
  ),
};

/** Sections without counterpart, by how their keys begin, and why. */
export const DROPPED: readonly (readonly [string, string])[] = [
  ['ExecutionHandler.', 'hosts and schedulers are named under execution (docs/gpus-and-clusters.md)'],
  ['progress_tracking.coarse_phase_progress.', 'its phases are others: see progressTracking.coarsePhaseProgress'],
  ['ui.', 'the page is part of the service; the terminal is: mqi cases'],
  ['gpu.', 'GPUs are looked at when it matters'],
  ['ptn_checker.', 'planned against delivered is part of the service (docs/delivery-logs.md)'],
  ['tps_generator.', 'the service writes the input of the engine itself'],
  ['executables.', 'programs are called by full path, see engine and uploads'],
  ['paths.', 'everything made on the way lies below root'],
];
