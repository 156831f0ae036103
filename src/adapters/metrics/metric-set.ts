import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Steps take milliseconds to hours. */
const STEP_BUCKETS = [0.1, 0.5, 1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 14_400, 43_200];
const DATABASE_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5];

/** Everything there is to scrape, in the order of docs/metrics.md. */
export function metricSet(register: Registry) {
  const make = makers(register);
  return { ...ofWork(make), ...ofSurroundings(make) };
}
export type MetricSet = ReturnType<typeof metricSet>;

function makers(register: Registry) {
  const registers = [register];
  return {
    gauge: <L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers }),
    counter: <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers }),
    histogram: <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[],
      buckets: number[],
    ): Histogram<L> => new Histogram({ name, help, labelNames, buckets, registers }),
  };
}
type Makers = ReturnType<typeof makers>;

/** Cases, steps, places. */
function ofWork({ gauge, counter, histogram }: Makers) {
  return {
    build: gauge('mqi_build_info', 'Version of the service; always 1.', ['version']),
    cases: gauge('mqi_cases', 'Cases by state.', ['state']),
    held: gauge('mqi_cases_held', 'Active cases held for an operator.'),
    oldest: gauge('mqi_oldest_case_age_seconds', 'Since when the oldest active case that is not held was taken.', [
      'state',
    ]),
    open: gauge('mqi_beams_open', 'Beams without dose of active cases that are not held.'),
    step: histogram('mqi_step_seconds', 'How long attempts at steps took.', ['step', 'outcome'], STEP_BUCKETS),
    beam: histogram('mqi_beam_seconds', 'How long attempts at beams took.', ['outcome'], STEP_BUCKETS),
    failures: counter('mqi_attempt_failures_total', 'Failed attempts by code.', ['step', 'code']),
    retries: counter('mqi_retries_total', 'Attempts that are followed by another one.', ['step']),
    places: gauge('mqi_places', 'GPUs or CPU places that can run jobs.', ['kind']),
    busy: gauge('mqi_places_busy', 'Places that hold a job now.', ['kind']),
    outOfService: gauge('mqi_places_out_of_service', 'Places on which nothing is started.', ['kind']),
    gpuUse: gauge('mqi_gpu_utilisation_ratio', 'Use of a GPU as its driver tells.', ['host', 'gpu']),
    gpuMemory: gauge('mqi_gpu_memory_used_bytes', 'Memory of a GPU in use.', ['host', 'gpu']),
    gpuTotal: gauge('mqi_gpu_memory_bytes', 'Memory of a GPU.', ['host', 'gpu']),
    gpuHeat: gauge('mqi_gpu_temperature_celsius', 'Temperature of a GPU.', ['host', 'gpu']),
  };
}

/** Shares, targets, disk, the process. */
function ofSurroundings({ gauge, counter, histogram }: Makers) {
  return {
    lost: gauge('mqi_inbox_lost', 'Whether the share of the inbox is away.', ['inbox']),
    entries: gauge('mqi_inbox_case_folders', 'Case folders in the inbox.', ['inbox']),
    settling: gauge('mqi_inbox_settling', 'Folders of the inbox that are not yet taken.', ['inbox']),
    sweep: gauge('mqi_inbox_sweep_seconds', 'How long the last look through the inbox took.', ['inbox']),
    calls: gauge('mqi_inbox_sweep_calls', 'Calls of the file system that look made.', ['inbox']),
    sweptAt: gauge('mqi_inbox_last_sweep_timestamp_seconds', 'When that was.', ['inbox']),
    targetDown: gauge('mqi_target_down', 'Whether the upload target is down.', ['target']),
    targetWaiting: gauge('mqi_target_waiting_cases', 'Cases that wait for the upload target.', ['target']),
    targetSince: gauge('mqi_target_last_success_timestamp_seconds', 'When it last took something.', ['target']),
    delivered: gauge('mqi_target_objects', 'Objects by what became of them at the target.', ['target', 'status']),
    tries: gauge('mqi_target_attempts', 'Attempts to deliver those objects.', ['target']),
    notices: gauge('mqi_notices', 'What people are to be told, by what became of it.', ['channel', 'state']),
    cutOff: counter('mqi_web_cut_off_total', 'Clients of the web server that were cut off.', ['why']),
    disk: gauge('mqi_disk_free_bytes', 'Free space on the disk of the root.'),
    diskMin: gauge('mqi_disk_min_free_bytes', 'Below this cases wait (intake.minFreeGiB).'),
    database: histogram('mqi_database_seconds', 'How long the database took.', ['work'], DATABASE_BUCKETS),
    loop: gauge('mqi_event_loop_delay_seconds', 'Delay of the event loop since the last scrape.', ['quantile']),
    memory: gauge('process_resident_memory_bytes', 'Memory of the service.'),
    cpu: gauge('process_cpu_seconds_total', 'CPU time of the service.'),
    startedAt: gauge('process_start_time_seconds', 'When the service was started.'),
    missing: gauge('mqi_metrics_missing', 'Whether a part of these could not be read.', ['part']),
  };
}
