import { whyOnCpu } from '../domain/place-without-gpu.js';
import type { SeenResource } from '../domain/resource.js';
import type { Logger } from '../ports/logger.js';

const REMEDY =
  'nothing where it has no GPU; else see that nvidia-smi or rocm-smi runs there without a login, or name it: execution.hosts[].gpuTool';

/**
 * Says once of each far host that no GPU is seen there, so that beams are calculated on its CPU, and when that is over: a
 * GPU takes minutes where a CPU takes days, and a tool that is only not in PATH looks like a machine without GPU.
 */
export class CpuNotes {
  readonly #told = new Map<string, string>();

  constructor(private readonly log: Logger) {}

  /** @param places of the host, after a look that worked */
  note(host: string, places: readonly SeenResource[]): void {
    if (places.some(({ away }) => away !== undefined)) return;
    const why = places.flatMap((place) => whyOnCpu(place) ?? [])[0];
    const before = this.#told.get(host);
    if (why === before) return;
    if (why === undefined) {
      this.#told.delete(host);
      this.log.info('a far host shows GPUs now', { host });
      return;
    }
    this.#told.set(host, why);
    this.log.warn('no GPU is seen on a far host, its CPU is used', { host, code: 'gpu.none-seen', remedy: REMEDY });
  }
}
