import type { GpuProcess, SeenResource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';
import { numberOrNull } from './gpu-tool.js';

/** Columns asked of `nvidia-smi --query-gpu`, in this order. */
export const GPU_COLUMNS = [
  'uuid',
  'index',
  'name',
  'driver_version',
  'pci.bus_id',
  'memory.total',
  'memory.used',
  'utilization.gpu',
  'temperature.gpu',
  'clocks.sm',
  'ecc.errors.uncorrected.volatile.total',
] as const;

/** Columns asked of `nvidia-smi --query-compute-apps`, in this order. */
export const PROCESS_COLUMNS = ['gpu_uuid', 'pid', 'used_gpu_memory'] as const;

/** A GPU as its line tells; its processes come from another call. */
export interface NvidiaGpu {
  readonly resource: SeenResource;
  /** Domain, bus and device: `0000:3b:00`. */
  readonly bus: string;
}

export interface NvidiaList {
  readonly gpus: readonly NvidiaGpu[];
  /** Buses of GPUs that the driver knows but cannot reach. */
  readonly lostBuses: readonly string[];
  /** True when a line was not understood, or the last one was cut: then none of it is believed. */
  readonly garbled: boolean;
}

const GPU_LINE = /^(GPU|MIG)-[0-9a-z-]+,/i;
/** `Unable to determine the device handle for GPU 0000:0B:00.0: Unknown Error`, also `GPU0:` and `GPU0000:`. */
const LOST_LINE = /unable to determine the device handle for.*?([0-9a-f]{2,8}:[0-9a-f]{2}:[0-9a-f]{2})\.[0-9a-f]/i;
/** Said beside a good list. */
const REMARK = /^(warning:|treating warning as|gpu is lost|no running processes found|no devices were found)/i;
/** Values that a GPU gives which is there but cannot be used. */
const FAULTS: readonly (readonly [RegExp, string])[] = [
  [/gpu is lost/i, 'it has fallen off the bus (GPU is lost)'],
  [/gpu requires reset|reset required/i, 'it needs a reset'],
  [/unknown error|err!/i, 'it answers with errors'],
];

/** Lines of `--query-gpu --format=csv,noheader,nounits`; MiB, percent, degrees Celsius, MHz. */
export function parseGpuList(text: string, host: string, seenAt: EpochMs): NvidiaList {
  const lines = text.split('\n');
  const cut = lines.pop() !== ''; // what does not end with a line end was cut short
  const said = lines.map((line) => line.trim()).filter((line) => line !== '' && !REMARK.test(line));
  const gpus = said.flatMap((line) => gpuOf(line, host, seenAt) ?? []);
  const lostBuses = said.flatMap((line) => shortBus(LOST_LINE.exec(line)?.[1]) ?? []);
  const understood = gpus.length + lostBuses.length;
  return { gpus, lostBuses, garbled: cut || understood < said.length };
}

function gpuOf(line: string, host: string, seenAt: EpochMs): NvidiaGpu | null {
  const fields = line.split(',').map((field) => field.trim());
  // A number written with a comma, or a cut line, has another number of fields.
  if (!GPU_LINE.test(line) || fields.length !== GPU_COLUMNS.length) return null;
  const [uuid = '', index, name = '', driver, bus, total, used, utilisation, temperature, clock, ecc] = fields;
  const fault = FAULTS.find(([pattern]) => pattern.test(line))?.[1] ?? null;
  const resource: SeenResource = {
    id: `${host}/${uuid}`,
    host,
    kind: 'gpu',
    name,
    uuid,
    index: numberOrNull(index),
    driver: textOrNull(driver),
    memoryTotalMiB: numberOrNull(total),
    memoryUsedMiB: numberOrNull(used),
    utilisationPercent: numberOrNull(utilisation),
    temperatureC: numberOrNull(temperature),
    clockMHz: numberOrNull(clock),
    eccErrors: numberOrNull(ecc),
    processes: null,
    fault,
    seenAt,
  };
  return { resource, bus: shortBus(bus) ?? '' };
}

const textOrNull = (field: string | undefined): string | null =>
  field === undefined || field.startsWith('[') ? null : field;

/** Written with four or eight digits of domain, in capitals or not, depending on the call. */
function shortBus(bus = ''): string | null {
  const parts = bus.toLowerCase().split('.', 1).join().split(':');
  const [domain = '', ...rest] = parts;
  return parts.length === 3 ? [domain.slice(-4).padStart(4, '0'), ...rest].join(':') : null;
}

/** Lines of `--query-compute-apps --format=csv,noheader,nounits` by GPU; null when they cannot be relied on. */
export function parseProcessList(text: string): ReadonlyMap<string, readonly GpuProcess[]> | null {
  const lines = text.split('\n');
  if (lines.pop() !== '') return null;
  const byGpu = new Map<string, GpuProcess[]>();
  for (const line of lines.map((each) => each.trim()).filter((each) => each !== '' && !REMARK.test(each))) {
    const [uuid = '', pidText = '', memory, ...more] = line.split(',').map((field) => field.trim());
    if (!GPU_LINE.test(`${uuid},`) || !/^\d+$/.test(pidText) || memory === undefined || more.length > 0) return null;
    byGpu.set(uuid, [...(byGpu.get(uuid) ?? []), { pid: Number(pidText), memoryMiB: numberOrNull(memory) }]);
  }
  return byGpu;
}
