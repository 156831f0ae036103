import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { operator } from '../../domain/errors.js';
import type { Resource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { GpuFinder } from '../../ports/gpu-finder.js';
import { parseGpuList, QUERIED } from './parse-gpu-list.js';

export interface NvidiaGpuFinderOptions {
  /** Name of the host the places belong to. */
  readonly host: string;
  /** Places without GPU: a number, or `auto` for one for each two cores (execution.slots). */
  readonly cpuPlaces: number | 'auto';
  /** The program asked, by default `nvidia-smi`. */
  readonly program?: string;
  /** By default 10 s: a GPU in trouble can block the driver for long. */
  readonly limitMs?: number;
  readonly cores?: number;
}

const LIMIT_MS = 10_000;

/** GPUs of this machine as NVIDIA's own tool sees them; without the tool or without a GPU, places on the CPU. */
export class NvidiaGpuFinder implements GpuFinder {
  constructor(
    private readonly clock: Clock,
    private readonly options: NvidiaGpuFinderOptions,
  ) {}

  /** @throws operator `gpu.unreadable` when the tool is there but fails or does not answer */
  async find(): Promise<readonly Resource[]> {
    const { host } = this.options;
    const seenAt = this.clock.now();
    const gpus = parseGpuList(await this.#ask(), host, seenAt);
    return gpus.length > 0 ? gpus : this.#cpuPlaces(seenAt);
  }

  #cpuPlaces(seenAt: EpochMs): readonly Resource[] {
    const { host, cpuPlaces, cores = availableParallelism() } = this.options;
    const count = cpuPlaces === 'auto' ? Math.max(1, Math.floor(cores / 2)) : cpuPlaces;
    return Array.from({ length: count }, (_, index) => ({
      id: `${host}/cpu-${String(index)}`,
      host,
      kind: 'cpu',
      name: `CPU place ${String(index + 1)} of ${String(count)}`,
      uuid: null,
      memoryTotalMiB: null,
      memoryUsedMiB: null,
      utilisationPercent: null,
      temperatureC: null,
      seenAt,
    }));
  }

  /** The tool's list; empty where there is no such tool, or it finds no device. */
  #ask(): Promise<string> {
    const { program = 'nvidia-smi', limitMs = LIMIT_MS } = this.options;
    const args = [`--query-gpu=${QUERIED.join(',')}`, '--format=csv,noheader,nounits'];
    return new Promise((resolve, reject) => {
      execFile(program, args, { timeout: limitMs, killSignal: 'SIGKILL', maxBuffer: 1 << 20 }, (failure, stdout) => {
        if (failure === null) resolve(stdout);
        else if (failure.code === 'ENOENT' || /no devices were found/i.test(stdout)) resolve('');
        else reject(unreadable(failure.killed === true ? 'did not answer' : 'failed', program, failure));
      });
    });
  }
}

const unreadable = (how: string, program: string, cause: Error): Error =>
  operator('gpu.unreadable', `${program} ${how}: the GPUs of this machine are not known`, {
    cause,
    remedy: 'run it by hand; when it lists the GPUs, start again (a new driver needs the machine restarted)',
  });
