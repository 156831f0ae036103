import type { SeenResource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import type { Host } from '../../ports/host.js';
import { NAMED, ToolCalls, unreadable, type GpuTool, type GpuToolOptions } from './gpu-tool.js';
import { GPU_COLUMNS, parseGpuList, parseProcessList, PROCESS_COLUMNS, type NvidiaList } from './parse-nvidia.js';

const FORMAT = '--format=csv,noheader,nounits';
const GPU_QUERY = [`--query-gpu=${GPU_COLUMNS.join(',')}`, FORMAT];
const PROCESS_QUERY = [`--query-compute-apps=${PROCESS_COLUMNS.join(',')}`, FORMAT];
const NO_DEVICES = /no devices were found/i;

/**
 * GPUs as NVIDIA's own tool lists them, by two calls side by side: the GPUs, and who computes on them. A job waits for
 * both, and where the tool takes a second a call that is a second and not two. No call is started beside one of its own
 * kind that has not ended, so a driver that hangs collects two processes of ours and no more.
 */
export class NvidiaSmi implements GpuTool {
  readonly #gpuCalls: ToolCalls;
  readonly #processCalls: ToolCalls;
  /** Once it is known that there is such a tool: a machine without GPU is not asked twice. */
  #isThere = false;
  /** UUIDs by bus, as last seen well: a GPU that the driver cannot reach any more is told by its bus alone. */
  readonly #known = new Map<string, SeenResource>();

  constructor(
    private readonly host: Host,
    private readonly options: GpuToolOptions,
  ) {
    this.#gpuCalls = new ToolCalls(host, options);
    this.#processCalls = new ToolCalls(host, options);
  }

  get isThere(): boolean {
    return this.#isThere;
  }

  async look(seenAt: EpochMs): Promise<readonly SeenResource[] | null> {
    const { program } = this.options;
    const beside = this.#isThere ? this.#processes() : null;
    // Both have come to their end before either's failure is told: looks never overlap.
    const [gpus] = await Promise.allSettled([this.#gpuCalls.call(GPU_QUERY), beside]);
    if (gpus.status === 'rejected') throw gpus.reason;
    const said = gpus.value;
    this.#isThere = said !== null;
    if (said === null) return this.#toolIsGone();
    const list = parseGpuList(said.stdout, this.host.name, seenAt);
    const lost = this.#lost(list, said.stderr, seenAt);
    if (list.gpus.length === 0 && NO_DEVICES.test(`${said.stdout}${said.stderr}`)) {
      if (this.options.isNamed === true) throw unreadable(program, 'lists no GPU', NAMED);
      return null;
    }
    const trouble = troubleWith(said.code, list, lost.length);
    if (trouble !== null) throw unreadable(program, trouble);
    for (const { bus, resource } of list.gpus) this.#known.set(bus, resource);
    return [...withProcesses(list, await (beside ?? this.#processes())), ...lost];
  }

  /** A tool that has shown GPUs and is gone (an update of the driver) says nothing of them, so not that they vanished. */
  #toolIsGone(): null {
    if (this.#known.size > 0) throw unreadable(this.options.program, 'is not there any more');
    return null;
  }

  /** GPUs the driver cannot reach, as far as they were known before; told on either stream. */
  #lost({ lostBuses }: NvidiaList, stderr: string, seenAt: EpochMs): readonly SeenResource[] {
    const buses = new Set([...lostBuses, ...parseGpuList(`${stderr}\n`, this.host.name, seenAt).lostBuses]);
    return [...buses].flatMap((bus) => {
      const known = this.#known.get(bus);
      if (known === undefined) return [];
      const unknown = { memoryUsedMiB: null, utilisationPercent: null, temperatureC: null, clockMHz: null };
      const fault = 'the driver cannot reach it any more: it has fallen off the bus';
      return { ...known, ...unknown, processes: null, fault, seenAt };
    });
  }

  /** Null when nobody can say: that call failed, or its answer cannot be read. */
  async #processes(): Promise<ReturnType<typeof parseProcessList>> {
    const said = await this.#processCalls.call(PROCESS_QUERY);
    return said?.code === 0 ? parseProcessList(said.stdout) : null;
  }
}

/**
 * Of a process on a part of a GPU (MIG) nothing tells whose part that is: then no GPU without processes of its own is known
 * to have none.
 */
function withProcesses({ gpus }: NvidiaList, processes: ReturnType<typeof parseProcessList>): readonly SeenResource[] {
  const uuids = new Set(gpus.map(({ resource }) => resource.uuid));
  const onParts = [...(processes?.keys() ?? [])].some((uuid) => /^MIG-/i.test(uuid) && !uuids.has(uuid));
  const none = processes === null || onParts ? null : [];
  return gpus.map(({ resource }) => ({ ...resource, processes: processes?.get(resource.uuid ?? '') ?? none }));
}

/** Why an answer is not believed, in words; null when it is. A GPU that is lost makes the tool fail beside a good list. */
function troubleWith(code: number, { gpus, garbled }: NvidiaList, lost: number): string | null {
  if (code !== 0 && lost === 0) return `failed with code ${String(code)}`;
  if (garbled) return 'gave a list that cannot be read in full';
  return gpus.length + lost === 0 ? 'listed nothing' : null;
}
