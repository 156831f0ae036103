import type { EpochMs } from './time.js';

/** A process that computes on a GPU, as the driver tells; never its name, which may be a path with a patient in it. */
export interface GpuProcess {
  readonly pid: number;
  /** Null where the driver does not tell it (Windows display model, some virtual GPUs). */
  readonly memoryMiB: number | null;
  /** Whether it is of a job of ours; left out where that is not known. */
  readonly ours?: boolean;
}

/** What one look at a place saw. Null stands for "not told": it is never taken for idle, empty or healthy. */
export interface SeenResource {
  /** `<host>/<GPU UUID>` or `<host>/cpu-<n>`. */
  readonly id: string;
  readonly host: string;
  readonly kind: 'gpu' | 'cpu';
  readonly name: string;
  /** GPU UUID for CUDA_VISIBLE_DEVICES; null for a CPU place. */
  readonly uuid: string | null;
  /** Number of the GPU in the driver's own list; changes with a reboot. Null for a CPU place. */
  readonly index: number | null;
  readonly driver: string | null;
  readonly memoryTotalMiB: number | null;
  readonly memoryUsedMiB: number | null;
  readonly utilisationPercent: number | null;
  readonly temperatureC: number | null;
  /** Clock of the processors of the GPU (SM clock) now. */
  readonly clockMHz: number | null;
  /** Memory errors that could not be corrected, since the driver was loaded; null without ECC. */
  readonly eccErrors: number | null;
  /** Processes that compute on it; null when nobody can say, and for a CPU place. */
  readonly processes: readonly GpuProcess[] | null;
  /** An error the device itself reports, in words: it cannot be used. */
  readonly fault: string | null;
  readonly seenAt: EpochMs;
  /** Why its host cannot be asked now, in words that begin with `host NAME`; left out when it can. Not stored. */
  readonly away?: string;
}

/** A seen place with what follows from it. */
export interface JudgedResource extends SeenResource {
  /** Why nothing is started on it and what runs there is taken away, in words; null while it is in service. */
  readonly outOfService: string | null;
  /** Why it is not free though no job of ours holds it, in words; null when it is, or a job of ours holds it. */
  readonly occupied: string | null;
}

/** Who has a GPU: one beam's attempt of one service. */
export interface Lease {
  /** The service, as in the leases of cases. */
  readonly owner: string;
  readonly beamId: string;
  readonly attempt: number;
  readonly since: EpochMs;
}

/** A place that can run a job: a GPU, or a share of the CPU where there is none (table `gpu_resources`). */
export interface Resource extends JudgedResource {
  readonly lease: Lease | null;
}
