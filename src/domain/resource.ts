import type { EpochMs } from './time.js';

/** A place that can run a job: a GPU, or a share of the CPU where there is none (table `gpu_resources`). */
export interface Resource {
  /** `<host>/<GPU UUID>` or `<host>/cpu-<n>`. */
  readonly id: string;
  readonly host: string;
  readonly kind: 'gpu' | 'cpu';
  readonly name: string;
  /** GPU UUID for CUDA_VISIBLE_DEVICES; null for a CPU place. */
  readonly uuid: string | null;
  readonly memoryTotalMiB: number | null;
  readonly memoryUsedMiB: number | null;
  readonly utilisationPercent: number | null;
  readonly temperatureC: number | null;
  readonly seenAt: EpochMs;
}
