import type { SeenResource } from './resource.js';
import type { EpochMs } from './time.js';

/** A place that is one of so many jobs at a time and no device of its own. @param place its id within the host */
export function placeWithoutGpu(host: string, place: string, name: string, seenAt: EpochMs): SeenResource {
  return {
    id: `${host}/${place}`,
    host,
    kind: 'cpu',
    name,
    uuid: null,
    index: null,
    driver: null,
    memoryTotalMiB: null,
    memoryUsedMiB: null,
    utilisationPercent: null,
    temperatureC: null,
    clockMHz: null,
    eccErrors: null,
    processes: null,
    fault: null,
    seenAt,
  };
}
