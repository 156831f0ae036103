import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import type { SeenResource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import type { Clock } from '../../ports/clock.js';
import type { HostPlaces } from '../../ports/gpu-finder.js';
import type { Host } from '../../ports/host.js';
import type { GpuTool } from './gpu-tool.js';
import { NvidiaSmi } from './nvidia-smi.js';
import { ProcessOwners } from './process-owners.js';
import { cpuPlaceName, placeWithoutGpu } from '../../domain/place-without-gpu.js';
import { RocmSmi } from './rocm-smi.js';

export interface HostGpuFinderOptions {
  /** Places without GPU: a number, or `auto` for one for each two cores (execution.slots). */
  readonly cpuPlaces: number | 'auto';
  /** Programs asked, by default `nvidia-smi` and `rocm-smi`. */
  readonly nvidia?: string;
  readonly rocm?: string;
  /** The one program to ask, by path or name, instead of both: a rocm-smi by its name, else an nvidia-smi. */
  readonly tool?: string | null;
  /** For each call, by default 10 s. */
  readonly limitMs?: number;
  /** Of the host; by default those of this machine. */
  readonly cores?: () => Promise<number>;
  /** Not this machine: its places say why its CPU is used. */
  readonly isFar?: boolean;
  /** Rejects when the host cannot be asked at all: asked first, as the tools cannot tell it from trouble of theirs. */
  readonly reach?: () => Promise<void>;
}

const LIMIT_MS = 10_000;

const isRocm = (tool: string): boolean => /rocm/i.test(basename(tool));

/** GPUs of a host as the vendors' own tools see them; without GPUs, places on the CPU. */
export class HostGpuFinder implements HostPlaces {
  readonly #tools: readonly GpuTool[];
  readonly #owners: ProcessOwners;

  constructor(
    private readonly host: Host,
    private readonly clock: Clock,
    private readonly options: HostGpuFinderOptions,
  ) {
    this.#owners = new ProcessOwners(host);
    const { nvidia = 'nvidia-smi', rocm = 'rocm-smi', limitMs = LIMIT_MS, tool = null } = options;
    if (tool === null) {
      this.#tools = [new NvidiaSmi(host, { program: nvidia, limitMs }), new RocmSmi(host, { program: rocm, limitMs })];
      return;
    }
    const named = { program: tool, limitMs, isNamed: true };
    this.#tools = [isRocm(tool) ? new RocmSmi(host, named) : new NvidiaSmi(host, named)];
  }

  async find(): Promise<readonly SeenResource[]> {
    await this.options.reach?.();
    const seenAt = this.clock.now();
    for (const tool of this.#tools) {
      const gpus = await tool.look(seenAt);
      if (gpus !== null) return this.#owners.tell(gpus);
    }
    return this.#cpuPlaces(seenAt, await this.#cores());
  }

  #cores(): Promise<number> {
    return this.options.cores?.() ?? Promise.resolve(availableParallelism());
  }

  /** A tool that is only not in PATH looks like a machine without GPU. */
  #whyNoGpu(): string {
    return this.#tools.some(({ isThere }) => isThere)
      ? 'its GPU tool lists no GPU'
      : 'no nvidia-smi or rocm-smi is found there';
  }

  #cpuPlaces(seenAt: EpochMs, cores: number): readonly SeenResource[] {
    const { cpuPlaces } = this.options;
    const { name: host } = this.host;
    const count = cpuPlaces === 'auto' ? Math.max(1, Math.floor(cores / 2)) : cpuPlaces;
    const why = this.options.isFar === true ? this.#whyNoGpu() : null;
    return Array.from({ length: count }, (_, index) => {
      return placeWithoutGpu(host, `cpu-${String(index)}`, cpuPlaceName(index + 1, count, why), seenAt);
    });
  }
}
