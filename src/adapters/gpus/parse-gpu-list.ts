import type { Resource } from '../../domain/resource.js';
import type { EpochMs } from '../../domain/time.js';

/** Columns asked of nvidia-smi, in this order. */
export const QUERIED = ['uuid', 'name', 'memory.total', 'memory.used', 'utilization.gpu', 'temperature.gpu'] as const;

/** Lines of `nvidia-smi --query-gpu --format=csv,noheader,nounits` as resources; MiB, percent, degrees Celsius. */
export function parseGpuList(text: string, host: string, seenAt: EpochMs): readonly Resource[] {
  return text
    .split('\n')
    .map((line) => line.split(',').map((field) => field.trim()))
    .filter(([uuid]) => uuid?.startsWith('GPU-') === true)
    .map(([uuid = '', name = '', total, used, utilisation, temperature]) => ({
      id: `${host}/${uuid}`,
      host,
      kind: 'gpu',
      name,
      uuid,
      memoryTotalMiB: numberOrNull(total),
      memoryUsedMiB: numberOrNull(used),
      utilisationPercent: numberOrNull(utilisation),
      temperatureC: numberOrNull(temperature),
      seenAt,
    }));
}

/** Null for what a device does not tell: `[N/A]`, `[Not Supported]`. */
function numberOrNull(field: string | undefined): number | null {
  const value = Number(field);
  return field === undefined || field === '' || !Number.isFinite(value) ? null : value;
}
