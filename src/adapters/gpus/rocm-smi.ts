import type { GpuProcess, SeenResource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import type { Host } from '../../ports/host.js';
import { NAMED, ToolCalls, unreadable, type GpuTool, type GpuToolOptions } from './gpu-tool.js';
import { parseRocmGpus, parseRocmPids, type RocmGpu } from './parse-rocm.js';

const GPU_FLAGS = ['--showid', '--showuniqueid', '--showproductname', '--showdriverversion', '--showmeminfo', 'vram'];
const STATE_FLAGS = ['--showuse', '--showtemp', '--showclocks', '--json'];

export interface RocmSmiOptions extends GpuToolOptions {
  /** Where the kernel tells which process has memory on which GPU. */
  readonly kfdFolder?: string;
}

/**
 * GPUs as AMD's own tool lists them. It names the processes that compute but not on which GPU; that is read from the
 * kernel (`<kfd>/<pid>/vram_<gpu>`). Where the kernel does not tell, a process counts on every GPU.
 */
export class RocmSmi implements GpuTool {
  readonly #calls: ToolCalls;
  #hasShown = false;
  #isThere = false;

  constructor(
    private readonly host: Host,
    private readonly options: RocmSmiOptions,
  ) {
    this.#calls = new ToolCalls(host, options);
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  async look(seenAt: EpochMs): Promise<readonly SeenResource[] | null> {
    const { program } = this.options;
    const said = await this.#calls.call([...GPU_FLAGS, ...STATE_FLAGS]);
    this.#isThere = said !== null;
    if (said === null) return this.#nothing('is not there any more');
    if (said.code !== 0) throw unreadable(program, `failed with code ${String(said.code)}`);
    if (said.stdout.trim() === '') return this.#nothing('says nothing: the driver is not loaded');
    const gpus = parseRocmGpus(said.stdout, this.host.name, seenAt);
    if (gpus === null) throw unreadable(program, 'gave a list that cannot be read');
    if (gpus.length === 0 && this.options.isNamed === true) throw unreadable(program, 'lists no GPU', NAMED);
    if (gpus.length === 0) return null;
    this.#hasShown = true;
    const pids = await this.#pids();
    const seen: SeenResource[] = [];
    for (const gpu of gpus) {
      const processes = pids === null ? null : await this.#processesOn(gpu, pids);
      seen.push({ ...gpu.resource, processes });
    }
    return seen;
  }

  /** Where it has shown GPUs, or is named, that is no machine without GPU. */
  #nothing(how: string): null {
    const { program, isNamed = false } = this.options;
    if (this.#hasShown || isNamed) throw unreadable(program, how);
    return null;
  }

  async #pids(): Promise<readonly number[] | null> {
    const said = await this.#calls.call(['--showpids', '--json']);
    return said?.code === 0 ? parseRocmPids(said.stdout) : null;
  }

  async #processesOn({ kfdId }: RocmGpu, pids: readonly number[]): Promise<readonly GpuProcess[]> {
    const { kfdFolder = '/sys/class/kfd/kfd/proc' } = this.options;
    const processes: GpuProcess[] = [];
    for (const pid of pids) {
      const path = `${kfdFolder}/${String(pid)}/vram_${kfdId ?? ''}`;
      const text = kfdId === null ? null : await this.host.readText(path);
      const bytes = text !== null && /^\d+\s*$/.test(text) ? Number(text) : null;
      if (bytes !== 0) processes.push({ pid, memoryMiB: bytes === null ? null : Math.round(bytes / 2 ** 20) });
    }
    return processes;
  }
}
